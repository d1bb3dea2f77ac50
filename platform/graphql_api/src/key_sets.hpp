#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <platform/base/context.hpp>
#include <platform/http_client/client.hpp>
#include <platform/token/key_set.hpp>

namespace busflow::graphql_api {

/// Key sets behind addresses, fetched again when the answer's Cache-Control says so, and at most every ten seconds for
/// the sake of a token whose key is not in the set. Thread-safe; fetching blocks.
class KeySets {
 public:
  explicit KeySets(const http_client::Client& client) : client_(client) {}

  /// Null when a fetch is needed first.
  std::shared_ptr<const token::KeySet> known(const std::string& url, const std::string& key_id, SteadyTime now) const;
  Result<std::shared_ptr<const token::KeySet>> fetch(Context& context, const std::string& url);

 private:
  struct Entry {
    std::shared_ptr<const token::KeySet> keys;
    SteadyTime fetched;
    SteadyTime expires;
  };
  const http_client::Client& client_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> sets_;
};

}  // namespace busflow::graphql_api
