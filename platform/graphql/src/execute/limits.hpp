#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <platform/base/context.hpp>
#include <platform/graphql/metadata/api_limits.hpp>

#include "language/syntax_tree.hpp"

namespace busflow::graphql {

/// What the metadata's `api_limits` allow a role. The role admin is never limited. Errors are kValidationFailed and say
/// what was found and what is allowed.
class Limits {
 public:
  /// `limits` outlive it; null: there are none.
  explicit Limits(const metadata::ApiLimits* limits = nullptr);

  Result<void> check_length(std::string_view role, std::string_view query) const;
  /// Depth, nodes and aliases, as compile::Measure counts them.
  Result<void> check_size(std::string_view role, const language::Document& document,
                          const language::Operation& operation) const;
  Result<void> check_batch(std::string_view role, std::size_t operations) const;
  /// For one operation. Nothing: no limit.
  std::optional<std::chrono::seconds> time(std::string_view role) const;
  /// Null: no limit.
  const metadata::RateLimit* rate(std::string_view role) const;
  bool has_rates() const;

 private:
  /// The limit of the role; nothing when there is none.
  std::optional<std::size_t> number(std::string_view role, metadata::ApiLimits::Number metadata::ApiLimits::* of) const;
  bool is_limited(std::string_view role) const;

  const metadata::ApiLimits* limits_;
};

/// Whose operations count together: those of a role, or fewer. `client_address` may be empty when it is not known.
std::string rate_subject(const metadata::RateLimit& limit, const Session& session, std::string_view client_address);

/// How one operation is bound by its role's time limit, from now on.
class TimeLimit {
 public:
  /// Brings the context's deadline nearer. A limit beyond that deadline is none.
  TimeLimit(std::optional<std::chrono::seconds> limit, Context& context);
  /// None.
  TimeLimit() = default;

  /// What is left for a statement, for PostgreSQL to stop it; nothing without a limit. In tenths of a second, so that
  /// statements that come together have the same.
  std::optional<std::chrono::milliseconds> statement_timeout() const;
  bool is_over() const;
  /// kDeadlineExceeded says that it was this limit; others stay as they are.
  Error blame(Error error) const;

 private:
  std::optional<std::chrono::seconds> limit_;
  SteadyTime deadline_ = SteadyTime::max();
};

}  // namespace busflow::graphql
