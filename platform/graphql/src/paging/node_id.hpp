#pragma once

#include <string>
#include <string_view>

#include <platform/base/result.hpp>

#include "compile/column_value.hpp"
#include "compile/path.hpp"
#include "compile/sql_text.hpp"
#include "schema/types.hpp"

namespace busflow::graphql::compile {

/// Global ids of rows, as Hasura makes them: base64 of the JSON `[1, "schema", "table", key, …]`.
struct NodeId {
  const schema::TableAccess* access = nullptr;
  KeyValues key;
};

/// Writes the id of the row called `alias` as text.
void write_node_id(SqlText& sql, const schema::Table& table, const std::string& alias);

/// What an id names, for a role that may see it. `path` is that of the field, whose argument the id is.
Result<NodeId> read_node_id(const schema::RoleSchema& schema, std::string_view id, const Path& path);

/// Writes the expression as base64 of its text, without line breaks.
template <class Write>
void write_base64(SqlText& sql, const Write& write) {
  sql.add("translate(encode(convert_to((");
  write();
  sql.add(")::text, 'UTF8'), 'base64'), E'\\n', '')");
}

}  // namespace busflow::graphql::compile
