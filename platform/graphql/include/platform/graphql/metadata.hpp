#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/embedded_file.hpp>
#include <platform/base/result.hpp>
#include <platform/graphql/metadata/action.hpp>
#include <platform/graphql/metadata/api_limits.hpp>
#include <platform/graphql/metadata/collection.hpp>
#include <platform/graphql/metadata/event_trigger.hpp>
#include <platform/graphql/metadata/inherited_roles.hpp>
#include <platform/graphql/metadata/node.hpp>
#include <platform/graphql/metadata/source.hpp>
#include <platform/graphql/metadata/table.hpp>
#include <platform/json/json.hpp>

/// Hasura v2 metadata, version 3 (https://hasura.io/docs/2.0/api-reference/metadata-api/): plain values, one header per
/// subject. Read from the CLI's YAML files or from JSON; written as JSON.
namespace busflow::graphql::metadata {

/// Another GraphQL server. Kept, not served: using it is an error.
struct RemoteSchema {
  std::string name;
  Node definition;
  std::optional<std::string> comment;
  std::optional<Node> permissions;
  std::optional<Node> remote_relationships;
  SourceLocation location;
};

struct Metadata {
  std::vector<Source> sources;
  std::vector<Action> actions;
  CustomTypes custom_types;
  std::vector<CronTrigger> cron_triggers;
  std::vector<RemoteSchema> remote_schemas;
  std::vector<QueryCollection> query_collections;
  std::vector<AllowListEntry> allow_list;
  std::vector<RestEndpoint> rest_endpoints;
  std::vector<InheritedRole> inherited_roles;
  std::vector<std::string> introspection_disabled_for;  ///< graphql_schema_introspection.disabled_for_roles
  std::optional<ApiLimits> api_limits;
  /// Kept as they are.
  std::optional<Node> network;
  std::optional<Node> metrics_config;
  std::optional<Node> opentelemetry;
  std::optional<Node> backend_configs;

  const Source* find_source(std::string_view name) const;
  const Action* find_action(std::string_view name) const;
  const QueryCollection* find_collection(std::string_view name) const;
  const InheritedRole* find_inherited_role(std::string_view name) const;
};

/// Something that does not fit the database or the rest of the metadata. It is left out; the rest is served.
struct Inconsistency {
  std::string type;  ///< As the reference names it: "table", "object_relation", "select_permission", …
  std::string name;  ///< "object_relation author in table article in source default"
  std::string reason;
  json::Value definition;  ///< The object as it was given.
  std::string source;      ///< Empty for what belongs to no source.
  TableName table;         ///< Of what belongs to a table.
  std::string object;      ///< Name of the relationship, role of the permission, …
};

/// Reads a directory of metadata, in either of two layouts. Paths are relative to the directory; further folders may
/// stand in front, the same for files that belong together.
///
/// The full layout of Hasura's CLI, when there is a `databases/databases.yaml`: that file, `actions.yaml` with
/// `actions.graphql`, `cron_triggers.yaml`, `query_collections.yaml` and so on, each with `!include` for further files.
///
/// The short one of our packages, which have one database: `tables/*.yaml` (one table entry, or a list of them, per
/// file), `functions/*.yaml`, `actions.yaml`, `actions.graphql` and the other files of the full layout. Entries for the
/// same table are merged, so that a package may add a relationship to another's table. All goes to the source
/// "default".
///
/// kInvalidMetadata names file and line. Unknown keys are errors, because dropping a permission silently is worse.
Result<Metadata> load(std::span<const EmbeddedFile> files);

/// Reads what export_metadata gives. kInvalidMetadata; `path` tells where.
Result<Metadata> from_json(const json::Value& document);
/// The same from one document that is already a Node, such as a YAML file.
Result<Metadata> from_node(const Node& document);

/// The document that from_json() reads back to the same metadata.
json::Object to_json(const Metadata& metadata);

/// One object of the metadata alone, as the API's operations carry them.
Result<Table> read_table(const Node& node);
Result<Source> read_source(const Node& node);
json::Object to_json(const Table& table);
json::Object to_json(const Source& source);

}  // namespace busflow::graphql::metadata
