#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include <platform/base/context.hpp>

namespace busflow::rate_limit {

/// At most `most` within any `window`.
struct Limit {
  std::string_view name;  ///< "sign-in-account"; each has its own counts.
  std::size_t most = 10;
  std::chrono::seconds window{300};
};

/// Counts attempts by whom they concern, in a sliding window. Thread-safe.
class Limiter {
 public:
  virtual ~Limiter() = default;

  /// Counts an attempt of `subject` (an address, an account) and gives nothing; or counts nothing and gives how long
  /// it has to wait. One step: attempts at the same time cannot slip through together.
  virtual std::optional<std::chrono::seconds> take(const Context& context, const Limit& limit,
                                                   std::string_view subject) = 0;
  /// Takes the subject's newest attempt back, because it turned out not to count.
  virtual void give_back(const Context& context, const Limit& limit, std::string_view subject) = 0;
  /// Forgets all its attempts.
  virtual void forget(const Context& context, const Limit& limit, std::string_view subject) = 0;
};

}  // namespace busflow::rate_limit
