#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <platform/base/result.hpp>
#include <platform/graphql/metadata/source.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::graphql_metadata {

/// Texts such as "{{BASE_URL}}/hook" and `from_env` take their values from here, by name; nothing when it is not set.
using Environment = std::map<std::string, std::string, std::less<>>;

/// Where a source's database is. kInvalidSetting names the variable that is missing; never the address itself.
Result<postgres::ConnectionOptions> connection_of(const graphql::metadata::ConnectionInformation& connection,
                                                  const Environment& environment);

/// The pools of all sources, made at first use and kept while the address stays. Thread-safe.
class SourcePools {
 public:
  SourcePools(Environment environment, std::size_t connections)
      : environment_(std::move(environment)), connections_(connections) {}

  Result<std::shared_ptr<postgres::Pool>> pool(const graphql::metadata::Source& source);
  const Environment& environment() const { return environment_; }

 private:
  struct Entry {
    graphql::metadata::Node address;
    std::shared_ptr<postgres::Pool> pool;
  };
  const Environment environment_;
  const std::size_t connections_;
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> pools_;
};

}  // namespace busflow::graphql_metadata
