#include "execute/plan_cache.hpp"

#include <algorithm>

namespace busflow::graphql {

PlanCache::PlanCache(std::size_t max_entries, std::size_t max_bytes)
    : entries_per_shard_(std::max<std::size_t>(1, max_entries / kShards)), bytes_per_shard_(max_bytes / kShards) {}

std::size_t PlanCache::Hash::operator()(const CacheKey& key) const {
  const std::hash<std::string_view> hash;
  std::size_t result = hash(key.query);
  for (const std::string_view part : {key.role, key.operation_name, key.shape})
    result = result * 31 + (part.empty() ? 0 : hash(part));
  return result;
}

std::shared_ptr<const CacheEntry> PlanCache::find(const CacheKey& key) {
  Shard& in = shard(key);
  const std::lock_guard lock(in.mutex);
  const auto found = in.index.find(key);
  if (found == in.index.end()) return nullptr;
  in.items.splice(in.items.begin(), in.items, found->second);
  return found->second->entry;
}

void PlanCache::insert(const CacheKey& key, std::shared_ptr<const CacheEntry> entry, std::size_t bytes) {
  Shard& in = shard(key);
  const std::lock_guard lock(in.mutex);
  if (in.index.contains(key)) return;  // Another thread was faster; both plans are the same.
  Item item{std::string(key.role),  std::string(key.operation_name),
            std::string(key.query), std::string(key.shape),
            std::move(entry),       0};
  item.bytes = bytes + key.query.size() + key.shape.size() + sizeof(Item);
  in.bytes += item.bytes;
  in.items.push_front(std::move(item));
  in.index.emplace(in.items.front().key(), in.items.begin());
  evict(in);
}

void PlanCache::evict(Shard& shard) const {
  while (!shard.items.empty() && (shard.items.size() > entries_per_shard_ || shard.bytes > bytes_per_shard_)) {
    const Item& oldest = shard.items.back();
    shard.bytes -= oldest.bytes;
    shard.index.erase(oldest.key());
    shard.items.pop_back();
  }
}

std::size_t PlanCache::size() const {
  std::size_t total = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    total += shard.items.size();
  }
  return total;
}

}  // namespace busflow::graphql
