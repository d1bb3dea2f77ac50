#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <platform/graphql/plan.hpp>

#include "compile/variables.hpp"

namespace busflow::graphql {

/// What is known about a query text: its plan, or, when structural variables decide, which ones they are (then the plan
/// stands under the same key with their shape).
struct CacheEntry {
  std::shared_ptr<const Plan> plan;
  std::vector<compile::VariableInfo> variables;
};

struct CacheKey {
  std::string_view role;
  std::string_view operation_name;
  std::string_view query;
  std::string_view shape;
  friend bool operator==(const CacheKey&, const CacheKey&) = default;
};

/// Least recently used first out, bounded by entries and by bytes; in shards, so that threads seldom meet. Thread-safe.
class PlanCache {
 public:
  PlanCache(std::size_t max_entries, std::size_t max_bytes);

  std::shared_ptr<const CacheEntry> find(const CacheKey& key);
  /// `bytes`: roughly what the entry takes beside its key.
  void insert(const CacheKey& key, std::shared_ptr<const CacheEntry> entry, std::size_t bytes);
  std::size_t size() const;

 private:
  static constexpr std::size_t kShards = 16;

  struct Item {
    std::string role;
    std::string operation_name;
    std::string query;
    std::string shape;
    std::shared_ptr<const CacheEntry> entry;
    std::size_t bytes = 0;
    CacheKey key() const { return {role, operation_name, query, shape}; }
  };
  struct Hash {
    std::size_t operator()(const CacheKey& key) const;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Item> items;  ///< Most recently used first. The index refers to their strings, which never move.
    std::unordered_map<CacheKey, std::list<Item>::iterator, Hash> index;
    std::size_t bytes = 0;
  };

  Shard& shard(const CacheKey& key) { return shards_[Hash()(key) % kShards]; }
  void evict(Shard& shard) const;

  const std::size_t entries_per_shard_;
  const std::size_t bytes_per_shard_;
  std::array<Shard, kShards> shards_;
};

}  // namespace busflow::graphql
