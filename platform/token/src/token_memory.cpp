#include <platform/token/token_memory.hpp>

#include <mutex>

namespace busflow::token {

std::shared_ptr<const VerifiedToken> TokenMemory::find(std::string_view token, WallTime now) const {
  const Shard& shard = shards_[Hash{}(token) % kShards];
  const std::shared_lock lock(shard.mutex);
  const auto known = shard.tokens.find(token);
  return known != shard.tokens.end() && now < known->second->expires_at ? known->second : nullptr;
}

void TokenMemory::keep(std::string_view token, std::shared_ptr<const VerifiedToken> verified, WallTime now) {
  Shard& shard = shards_[Hash{}(token) % kShards];
  const std::unique_lock lock(shard.mutex);
  if (shard.tokens.size() >= kShardLimit) {
    std::erase_if(shard.tokens, [now](const auto& entry) { return now >= entry.second->expires_at; });
    // Full of valid ones: start again rather than grow; checking anew is only slower.
    if (shard.tokens.size() >= kShardLimit) shard.tokens.clear();
  }
  shard.tokens.insert_or_assign(std::string(token), std::move(verified));
}

}  // namespace busflow::token
