#include "store.hpp"

#include <fmt/format.h>

namespace busflow::graphql_metadata {
namespace {

// As the reference lays it out, so that a database can change hands in either direction. The document is large and
// written whole: compressing it would cost more than the change itself.
constexpr auto kPrepare = R"sql(
SELECT pg_advisory_xact_lock(hashtext('hdb_catalog'));
CREATE SCHEMA IF NOT EXISTS hdb_catalog;
CREATE TABLE IF NOT EXISTS hdb_catalog.hdb_version (
  hasura_uuid uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
  version text NOT NULL,
  upgraded_on timestamptz NOT NULL,
  cli_state jsonb NOT NULL DEFAULT '{}',
  console_state jsonb NOT NULL DEFAULT '{}',
  ee_client_id text,
  ee_client_secret text);
CREATE UNIQUE INDEX IF NOT EXISTS hdb_version_one_row ON hdb_catalog.hdb_version ((version IS NOT NULL));
INSERT INTO hdb_catalog.hdb_version (version, upgraded_on) SELECT '48', now()
 WHERE NOT EXISTS (SELECT FROM hdb_catalog.hdb_version);
CREATE TABLE IF NOT EXISTS hdb_catalog.hdb_metadata (
  id integer PRIMARY KEY, metadata json NOT NULL, resource_version integer NOT NULL DEFAULT 1 UNIQUE);
ALTER TABLE hdb_catalog.hdb_metadata ALTER COLUMN metadata SET STORAGE EXTERNAL;
CREATE TABLE IF NOT EXISTS hdb_catalog.hdb_schema_notifications (
  id integer PRIMARY KEY CHECK (id = 1), notification json NOT NULL, resource_version integer NOT NULL DEFAULT 1,
  instance_id uuid NOT NULL, updated_at timestamptz DEFAULT now());
)sql";

constexpr postgres::Statement kLoad{"graphql_metadata.load",
                                    "SELECT metadata, resource_version FROM hdb_catalog.hdb_metadata WHERE id = 1"};
constexpr postgres::Statement kVersion{"graphql_metadata.version",
                                       "SELECT resource_version FROM hdb_catalog.hdb_metadata WHERE id = 1"};
constexpr postgres::Statement kInsert{"graphql_metadata.insert", R"sql(
INSERT INTO hdb_catalog.hdb_metadata (id, metadata, resource_version) VALUES (1, $1::json, 1)
ON CONFLICT (id) DO NOTHING RETURNING resource_version)sql"};
constexpr postgres::Statement kUpdate{"graphql_metadata.update", R"sql(
UPDATE hdb_catalog.hdb_metadata SET metadata = $1::json, resource_version = resource_version + 1
 WHERE id = 1 AND resource_version = $2::integer RETURNING resource_version)sql"};
constexpr postgres::Statement kNotify{"graphql_metadata.notify", R"sql(
WITH written AS (
  INSERT INTO hdb_catalog.hdb_schema_notifications (id, notification, resource_version, instance_id, updated_at)
  VALUES (1, '{"metadata": true, "remote_schemas": [], "sources": []}', $1::integer, $2::uuid, now())
  ON CONFLICT (id) DO UPDATE SET notification = EXCLUDED.notification, resource_version = EXCLUDED.resource_version,
    instance_id = EXCLUDED.instance_id, updated_at = EXCLUDED.updated_at
  RETURNING resource_version)
SELECT pg_notify('hdb_schema_notifications', resource_version::text) FROM written)sql"};
constexpr postgres::Statement kIdentity{"graphql_metadata.identity", "SELECT hasura_uuid FROM hdb_catalog.hdb_version"};
constexpr postgres::Statement kState{
    "graphql_metadata.state",
    "SELECT json_build_object('id', hasura_uuid, 'cli_state', cli_state, 'console_state', console_state)"
    " FROM hdb_catalog.hdb_version"};
constexpr postgres::Statement kSetState{"graphql_metadata.set_state", R"sql(
UPDATE hdb_catalog.hdb_version SET cli_state = CASE WHEN $1 = 'cli' THEN $2::jsonb ELSE cli_state END,
       console_state = CASE WHEN $1 = 'console' THEN $2::jsonb ELSE console_state END)sql"};

}  // namespace

Result<void> Store::prepare(Context& context) {
  return pool_.transact(context, {}, [](postgres::Transaction& transaction) { return transaction.script(kPrepare); });
}

Result<std::optional<Store::Stored>> Store::load(Context& context) {
  return pool_.transact(context, {.read_only = true},
                        [](postgres::Transaction& transaction) -> Result<std::optional<Stored>> {
                          BUSFLOW_TRY(const auto rows, transaction.execute(kLoad));
                          if (rows.empty()) return std::nullopt;
                          BUSFLOW_TRY(const auto document, json::parse(rows.text(0, "metadata")));
                          BUSFLOW_TRY(auto metadata, graphql::metadata::from_json(document));
                          return Stored{std::move(metadata), rows.integer(0, "resource_version")};
                        });
}

Result<std::int64_t> Store::version(Context& context) {
  return pool_.transact(context, {.read_only = true}, [](postgres::Transaction& transaction) -> Result<std::int64_t> {
    BUSFLOW_TRY(const auto rows, transaction.execute(kVersion));
    return rows.empty() ? 0 : rows.integer(0, std::size_t{0});
  });
}

Outcome<std::int64_t> Store::save(Context& context, const std::string& document, std::int64_t expected) {
  const auto written = pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<std::int64_t> {
    BUSFLOW_TRY(const auto rows, expected == 0 ? transaction.execute(kInsert, {document})
                                               : transaction.execute(kUpdate, {document, std::to_string(expected)}));
    if (rows.empty()) return 0;
    BUSFLOW_CHECK(transaction.execute(kNotify, {std::string(rows.text(0, 0)), instance_}));
    return rows.integer(0, std::size_t{0});
  });
  if (!written) return std::unexpected(Problem(written.error()));
  if (*written == 0) {
    return refuse("conflict",
                  fmt::format("metadata resource version {} is not the current one any more: another instance changed "
                              "the metadata; read it and try again",
                              expected),
                  "$", nullptr, std::uint16_t{409});
  }
  return *written;
}

Result<std::string> Store::database_id(Context& context) {
  return pool_.transact(context, {.read_only = true}, [](postgres::Transaction& transaction) -> Result<std::string> {
    BUSFLOW_TRY(const auto rows, transaction.execute(kIdentity));
    return rows.empty() ? std::string() : std::string(rows.text(0, 0));
  });
}

Result<json::Value> Store::state(Context& context) {
  return pool_.transact(context, {.read_only = true}, [](postgres::Transaction& transaction) -> Result<json::Value> {
    BUSFLOW_TRY(const auto rows, transaction.execute(kState));
    return rows.empty() ? json::Value(json::Object{}) : json::parse(rows.text(0, 0));
  });
}

Result<std::string> Store::ask(Context& context, const postgres::Statement& statement,
                               const postgres::Parameters& parameters) {
  return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<std::string> {
    BUSFLOW_TRY(const auto rows, transaction.execute(statement, parameters));
    return rows.empty() ? std::string() : std::string(rows.text(0, 0));
  });
}

Result<void> Store::set_state(Context& context, const std::string& client, const json::Value& state) {
  return pool_.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.execute(kSetState, {client, json::serialize(state)}));
    return {};
  });
}

}  // namespace busflow::graphql_metadata
