#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <platform/graphql/metadata/names.hpp>
#include <platform/graphql/metadata/node.hpp>
#include <platform/graphql/metadata/table.hpp>

namespace busflow::graphql::metadata {

/// An SQL function as a root field.
struct Function {
  enum class Exposure : std::uint8_t { kByVolatility, kQuery, kMutation };

  FunctionName name;
  std::string custom_name;                                    ///< Empty: none.
  std::map<std::string, CustomRootField> custom_root_fields;  ///< "function", "function_aggregate"
  std::optional<std::string> session_argument;
  Exposure exposed_as = Exposure::kByVolatility;
  std::optional<Node> response;
  std::vector<std::string> roles;  ///< permissions: [{role}]
  std::optional<std::string> comment;
  SourceLocation location;
};

/// How the root fields and types of a source are named.
struct Customization {
  std::string root_namespace;  ///< Wraps all root fields in one field; empty: none.
  std::string root_prefix;
  std::string root_suffix;
  std::string type_prefix;
  std::string type_suffix;
  std::string naming_convention;  ///< "hasura-default", "graphql-default"; empty: the default.

  friend bool operator==(const Customization&, const Customization&) = default;
};

struct PoolSettings {
  std::optional<std::int64_t> max_connections;
  std::optional<std::int64_t> total_max_connections;
  std::optional<std::int64_t> idle_timeout;
  std::optional<std::int64_t> retries;
  std::optional<std::int64_t> pool_timeout;
  std::optional<std::int64_t> connection_lifetime;

  friend bool operator==(const PoolSettings&, const PoolSettings&) = default;
};

/// `{database_url, pool_settings, …}`.
struct ConnectionInformation {
  Node database_url;            ///< Text, `{from_env: V}`, or `{connection_parameters: {…}}`; null in a package.
  std::string isolation_level;  ///< "read-committed", "repeatable-read", "serializable"; empty: the first.
  std::optional<bool> use_prepared_statements;
  std::optional<PoolSettings> pool_settings;
  std::optional<Node> ssl_configuration;

  friend bool operator==(const ConnectionInformation&, const ConnectionInformation&) = default;
};

/// A database. Tables are shared between snapshots of the metadata, so that a change copies only what it touches.
struct Source {
  std::string name = "default";
  std::string kind = "postgres";
  ConnectionInformation connection;
  std::optional<Node> read_replicas;
  std::optional<Node> extensions_schema;
  std::optional<Customization> customization;
  std::optional<Node> query_tags;
  std::vector<std::shared_ptr<const Table>> tables;
  std::vector<Function> functions;
  std::optional<Node> native_queries;  ///< Kept, not served.
  std::optional<Node> logical_models;  ///< Kept, not served.
  std::optional<Node> stored_procedures;
  std::optional<Node> health_check;
  SourceLocation location;

  const Table* find_table(const TableName& table) const;
  const Function* find_function(const FunctionName& function) const;
};

}  // namespace busflow::graphql::metadata
