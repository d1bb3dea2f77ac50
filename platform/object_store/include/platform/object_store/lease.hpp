#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <platform/object_store/object_store.hpp>

namespace busflow::object_store {

/// A claim on a name, as it is stored.
struct Claim {
  std::string key;
  std::string owner;   ///< "root@worker-1".
  std::string reason;  ///< "busflowctl backup prune".
  std::string host;
  std::string boot;  ///< Of that host: tells whether the process can still be there.
  std::int64_t pid = 0;
  WallTime taken{};
  WallTime expires{};
};

/// Mutual exclusion between machines that share nothing but the bucket. Needs no conditional writes, which some stores
/// ignore, only that a listing shows what was written before it (S3 has promised that since 2020): put a claim of one's
/// own, then list; whoever sees another claim that is alive takes his own back. Two that begin at once may both give
/// up; both can never hold. A claim is dead once it expired, or when its process was on this very machine and is gone.
class Lease {
 public:
  /// kStateConflict names the owner, the reason and the expiry of the claim that stands in the way.
  static Result<Lease> take(const ObjectStore& store, const Context& context, std::string_view name,
                            std::string_view reason, std::chrono::milliseconds lifetime);
  ~Lease();
  Lease(Lease&& other) noexcept
      : store_(other.store_), context_(other.context_), key_(std::exchange(other.key_, std::nullopt)) {}
  Lease& operator=(Lease&&) = delete;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  /// Gives it back; the destructor does as well, without telling about failure.
  Result<void> release(const Context& context);

  /// All claims, dead ones too.
  static Result<std::vector<Claim>> list(const ObjectStore& store, const Context& context);
  /// Removes all claims on the name, whoever holds them. Their number.
  static Result<std::size_t> break_all(const ObjectStore& store, const Context& context, std::string_view name);

  /// Whether its holder may still be at work.
  static bool is_alive(const Claim& claim, WallTime now);

 private:
  Lease(const ObjectStore& store, const Context& context, std::string key)
      : store_(store), context_(context), key_(std::move(key)) {}

  ObjectStore store_;
  Context context_;
  std::optional<std::string> key_;
};

}  // namespace busflow::object_store
