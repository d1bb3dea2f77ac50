#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <platform/graphql/metadata/event_trigger.hpp>
#include <platform/graphql/metadata/names.hpp>
#include <platform/graphql/metadata/node.hpp>
#include <platform/graphql/metadata/permission.hpp>

namespace busflow::graphql::metadata {

struct Relationship {
  enum class Using : std::uint8_t { kOwnForeignKey, kRemoteForeignKey, kManual };
  /// When a nested insert writes the remote row.
  enum class InsertionOrder : std::uint8_t { kUnset, kBeforeParent, kAfterParent };

  std::string name;
  bool is_array = false;
  Using kind = Using::kManual;
  TableName remote_table;                                    ///< Of kRemoteForeignKey and kManual.
  std::vector<std::string> columns;                          ///< Of the foreign key, on the side that has it.
  std::vector<std::pair<std::string, std::string>> mapping;  ///< Of kManual: own column, remote column.
  InsertionOrder insertion_order = InsertionOrder::kUnset;   ///< Of kManual.
  std::optional<std::string> comment;
  SourceLocation location;
};

struct ComputedField {
  std::string name;
  FunctionName function;
  std::optional<std::string> table_argument;    ///< Absent: the first argument is the row.
  std::optional<std::string> session_argument;  ///< A json argument that gets the session variables.
  std::optional<std::string> comment;
  SourceLocation location;
};

/// A field of another source, or of a remote schema, which is kept and not served.
struct RemoteRelationship {
  /// `to_source` of the definition.
  struct Target {
    std::string source;
    TableName table;
    bool is_array = false;
    std::vector<std::pair<std::string, std::string>> field_mapping;  ///< Own column, target's.
  };

  std::string name;
  Node definition;                 ///< As it was given, and as it is given back.
  std::optional<Target> target{};  ///< None: of a remote schema.
  SourceLocation location;
};

/// `name`, or `{name, comment}`.
struct CustomRootField {
  std::string name;  ///< Empty: the usual one.
  std::optional<std::string> comment;

  friend bool operator==(const CustomRootField&, const CustomRootField&) = default;
};

struct ColumnConfiguration {
  std::string custom_name;  ///< Empty: none.
  std::optional<std::string> comment;

  friend bool operator==(const ColumnConfiguration&, const ColumnConfiguration&) = default;
};

struct TableConfiguration {
  std::string custom_name;             ///< Empty: none.
  std::optional<std::string> comment;  ///< Empty text hides the catalog's.
  /// select, select_by_pk, select_aggregate, select_stream, insert, insert_one, update, update_by_pk, update_many,
  /// delete, delete_by_pk
  std::map<std::string, CustomRootField> custom_root_fields;
  /// What `custom_column_names` says is in here as well.
  std::map<std::string, ColumnConfiguration> columns;

  friend bool operator==(const TableConfiguration&, const TableConfiguration&) = default;
};

struct Table {
  TableName name;
  bool is_enum = false;
  TableConfiguration configuration;
  std::vector<Relationship> relationships;
  std::vector<ComputedField> computed_fields;
  std::vector<RemoteRelationship> remote_relationships;
  std::vector<InsertPermission> insert_permissions;
  std::vector<SelectPermission> select_permissions;
  std::vector<UpdatePermission> update_permissions;
  std::vector<DeletePermission> delete_permissions;
  std::vector<EventTrigger> event_triggers;
  std::optional<Node> apollo_federation_config;
  std::optional<Node> logical_model;
  SourceLocation location;
};

}  // namespace busflow::graphql::metadata
