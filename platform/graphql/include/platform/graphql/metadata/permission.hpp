#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <platform/graphql/metadata/node.hpp>
#include <platform/graphql/metadata/webhook.hpp>

/// Who may do what with a table: one entry per role and kind.
/// https://hasura.io/docs/2.0/auth/authorization/permissions/
namespace busflow::graphql::metadata {

/// `"*"`, or names.
struct ColumnList {
  bool all = false;
  std::vector<std::string> names;

  bool contains(std::string_view column) const;
  friend bool operator==(const ColumnList&, const ColumnList&) = default;
};

/// A webhook that looks at what a mutation is about to write, before it is written.
struct InputValidation {
  std::string type = "http";
  Node url;  ///< Text with {{VARIABLES}}.
  std::vector<Header> headers;
  std::int64_t timeout_seconds = 10;
  bool forward_client_headers = false;

  friend bool operator==(const InputValidation&, const InputValidation&) = default;
};

struct InsertPermission {
  std::string role;
  std::optional<std::string> comment;
  Node check;                         ///< Boolean expression that each new row must fulfil.
  std::map<std::string, Node> set;    ///< Presets: column → value or session variable.
  std::optional<ColumnList> columns;  ///< Absent: every column.
  bool backend_only = false;
  std::optional<InputValidation> validate_input;
  SourceLocation location;
};

struct SelectPermission {
  std::string role;
  std::optional<std::string> comment;
  ColumnList columns;
  std::vector<std::string> computed_fields;
  Node filter;  ///< Boolean expression; empty map: every row.
  std::optional<std::int64_t> limit;
  bool allow_aggregations = false;
  /// "select", "select_by_pk", "select_aggregate"; absent: all.
  std::optional<std::vector<std::string>> query_root_fields;
  /// The same and "select_stream".
  std::optional<std::vector<std::string>> subscription_root_fields;
  SourceLocation location;
};

struct UpdatePermission {
  std::string role;
  std::optional<std::string> comment;
  ColumnList columns;
  Node filter;                ///< Which rows may be changed.
  std::optional<Node> check;  ///< What they must fulfil afterwards; null and absent are kept apart for export.
  std::map<std::string, Node> set;
  bool backend_only = false;
  std::optional<InputValidation> validate_input;
  SourceLocation location;
};

struct DeletePermission {
  std::string role;
  std::optional<std::string> comment;
  Node filter;
  bool backend_only = false;
  std::optional<InputValidation> validate_input;
  SourceLocation location;
};

}  // namespace busflow::graphql::metadata
