#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <platform/base/embedded_file.hpp>
#include <platform/base/result.hpp>

/// Hasura v2 metadata (version 3, as its CLI lays it out), the part this engine serves.
namespace busflow::graphql::metadata {

struct SourceLocation {
  std::string file;
  int line = 0;  ///< From 1; 0 when unknown.
  std::string describe() const;
};

struct NodeEntry;

/// A YAML document that remembers where each part stood.
struct Node {
  enum class Kind : std::uint8_t { kNull, kBoolean, kInteger, kFloat, kText, kList, kMap };

  Kind kind = Kind::kNull;
  std::string text;  ///< Of a scalar.
  std::vector<Node> items;
  std::vector<NodeEntry> entries;
  SourceLocation location;

  const Node* find(std::string_view key) const;
};

struct NodeEntry {
  std::string key;
  Node value;
};

/// Parses one YAML file; at most 64 levels deep. kInvalidMetadata names file and line.
Result<Node> parse_yaml(const EmbeddedFile& file);

struct TableName {
  std::string schema;
  std::string name;
  std::string describe() const { return schema + "." + name; }
  friend auto operator<=>(const TableName&, const TableName&) = default;
};

struct SelectPermission {
  std::string role;
  bool all_columns = false;
  std::vector<std::string> columns;
  Node filter;  ///< Boolean expression; empty map: every row.
  std::optional<std::int64_t> limit;
  bool allow_aggregations = false;
  std::optional<std::vector<std::string>>
      query_root_fields;  ///< "select", "select_by_pk", "select_aggregate"; absent: all.
  std::optional<std::vector<std::string>> subscription_root_fields;
  SourceLocation location;
};

struct Relationship {
  enum class Using : std::uint8_t { kOwnForeignKey, kRemoteForeignKey, kManual };

  std::string name;
  bool is_array = false;
  Using kind = Using::kManual;
  TableName remote_table;                                    ///< Of kRemoteForeignKey and kManual.
  std::vector<std::string> columns;                          ///< Of the foreign key, on the side that has it.
  std::vector<std::pair<std::string, std::string>> mapping;  ///< Of kManual: own column, remote column.
  std::string comment;
  SourceLocation location;
};

struct ColumnConfiguration {
  std::string custom_name;
  std::string comment;
};

struct Table {
  TableName name;
  std::string custom_name;
  std::string comment;
  std::map<std::string, std::string> custom_root_fields;  ///< "select" → name
  std::map<std::string, ColumnConfiguration> columns;
  std::vector<Relationship> relationships;
  std::vector<SelectPermission> select_permissions;
  SourceLocation location;
};

/// Settings of an action; its signature stands in the SDL of the same package.
struct Action {
  std::string name;
  std::string comment;
  std::vector<std::string> roles;
  SourceLocation location;
};

struct Metadata {
  std::vector<Table> tables;
  std::vector<Action> actions;
  std::vector<EmbeddedFile> type_definitions;  ///< The actions.graphql files.
};

/// Reads `tables/*.yaml` (one table entry, or a list of them, per file), `actions.yaml` and `actions.graphql` below any
/// folder. Entries for the same table are merged, so that a package may add a relationship to another's table.
/// kInvalidMetadata names file and line; keys that are not served yet are errors too, because dropping a permission
/// silently is worse.
Result<Metadata> load(std::span<const EmbeddedFile> files);

}  // namespace busflow::graphql::metadata
