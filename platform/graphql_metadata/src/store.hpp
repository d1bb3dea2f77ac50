#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <platform/base/context.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/postgres/pool.hpp>

#include <platform/graphql_metadata/problem.hpp>

namespace busflow::graphql_metadata {

/// The metadata in the database, in the tables of the reference: hdb_catalog.hdb_metadata holds one JSON document and
/// its version; hdb_catalog.hdb_schema_notifications and the channel hdb_schema_notifications tell other instances of a
/// change; hdb_catalog.hdb_version holds the catalog's version and the state of clients. Thread-safe.
class Store {
 public:
  struct Stored {
    graphql::metadata::Metadata metadata;
    std::int64_t resource_version = 0;
  };

  /// The pool outlives it. `instance` is this process, in notifications.
  Store(postgres::Pool& pool, std::string instance) : pool_(pool), instance_(std::move(instance)) {}

  /// Makes schema and tables where they are missing; existing ones of the reference are taken over.
  Result<void> prepare(Context& context);
  /// Nothing when the database has none yet.
  Result<std::optional<Stored>> load(Context& context);
  Result<std::int64_t> version(Context& context);
  /// Writes when the stored version is still `expected` (0: there is none yet). The new version; or the problem
  /// "conflict".
  Outcome<std::int64_t> save(Context& context, const std::string& document, std::int64_t expected);
  /// An id of the database that stays.
  Result<std::string> database_id(Context& context);
  /// What clients such as the reference's command line keep: "cli", "console".
  Result<json::Value> state(Context& context);
  /// The first value that the statement gives on this database; empty without a row.
  Result<std::string> ask(Context& context, const postgres::Statement& statement,
                          const postgres::Parameters& parameters);
  postgres::Pool& pool() { return pool_; }
  Result<void> set_state(Context& context, const std::string& client, const json::Value& state);

 private:
  postgres::Pool& pool_;
  std::string instance_;
};

}  // namespace busflow::graphql_metadata
