#pragma once

#include <array>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include <platform/base/clock.hpp>
#include <platform/token/verified_token.hpp>

namespace busflow::token {

/// Tokens that were found valid, by their text, until they expire: to check one again costs a look-up instead of a
/// signature. For keys that do not change meanwhile. Bounded. Thread-safe.
class TokenMemory {
 public:
  /// Null for a token that is not known, or no longer valid.
  std::shared_ptr<const VerifiedToken> find(std::string_view token, WallTime now) const;
  void keep(std::string_view token, std::shared_ptr<const VerifiedToken> verified, WallTime now);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<std::string, std::shared_ptr<const VerifiedToken>, Hash, std::equal_to<>> tokens;
  };
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kShardLimit = 2048;

  std::array<Shard, kShards> shards_;
};

}  // namespace busflow::token
