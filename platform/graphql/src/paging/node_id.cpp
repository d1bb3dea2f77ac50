#include "paging/node_id.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/crypto/base64.hpp>
#include <platform/json/json.hpp>

#include "compile/condition_sql.hpp"

namespace busflow::graphql::compile {
namespace {

constexpr std::size_t kFirstKey = 3;  // After the version, the schema and the table.

std::string_view kind_name(const json::Value& value) {
  if (value.is_null()) return "Null";
  if (value.is_bool()) return "Boolean";
  if (value.is_number()) return "Number";
  if (value.is_string()) return "String";
  return value.is_array() ? "Array" : "Object";
}

/// The parts of the id, or what is wrong with it.
std::expected<json::Array, std::string> parse_id(std::string_view id) {
  const auto decoded = crypto::decode_base64(id);
  const auto parsed = decoded ? json::parse(*decoded) : fail(ErrorName::kParseFailed);
  if (!parsed) return std::unexpected("Error in $: not enough input");
  const auto* parts = parsed->if_array();
  if (parts == nullptr) {
    return std::unexpected(
        fmt::format("Error in $: parsing node id failed, expected Array, but encountered {}", kind_name(*parsed)));
  }
  if (parts->empty()) return std::unexpected("Error in $: unexpected GUID format: []");
  const json::Value& version = parts->front();
  if (!version.is_number()) return std::unexpected("Error in $: unexpected GUID format: " + json::serialize(*parsed));
  const double number = version.to_number<double>();
  if (number != 1) return std::unexpected(fmt::format("Error in $: unsupported GUID version: {:.1f}", number));
  if (parts->size() <= kFirstKey || !(*parts)[1].is_string() || !(*parts)[2].is_string())
    return std::unexpected("Error in $: unexpected GUID format: " + json::serialize(*parsed));
  return *parts;
}

std::string quoted_list(const std::vector<std::string>& names) {
  return fmt::format("['{}']", fmt::join(names, "', '"));
}

/// The one column's value; the reference blames the field for it, not the id.
Result<schema::ParameterSource> key_value(const schema::Column& column, const json::Value& value, const Path& path) {
  schema::ParameterSource source;
  source.rule = {.kind = column.type.kind,
                 .type_name = column.type.graphql_name,
                 .is_list = column.type.is_array,
                 .enum_values = column.type.enum_values};
  source.sql_type = column.type.sql_type();
  auto text = coerce(Input::json(value, {}), source.rule);
  if (!text || !*text) {
    const bool is_text = column.type.kind == schema::ScalarKind::kText;
    const std::string reason =
        is_text ? fmt::format("parsing Text failed, expected String, but encountered {}", kind_name(value))
        : text  ? "a key is never null"
                : text.error().detail;
    return path.fail(fmt::format("value of column '{}' in node id: {}", column.name, reason), ErrorName::kParseFailed);
  }
  source.kind = schema::ParameterSource::Kind::kConstant;
  source.constant = std::move(*text);
  return source;
}

}  // namespace

void write_node_id(SqlText& sql, const schema::Table& table, const std::string& alias) {
  write_base64(sql, [&] {
    sql.add("json_build_array(1, ", quote_literal(table.name.schema), ", ", quote_literal(table.name.name));
    for (const schema::Column* column : table.primary_key) {
      sql.add(", ");
      write_value(sql, *column, alias);
    }
    sql.add(")");
  });
}

Result<NodeId> read_node_id(const schema::RoleSchema& schema, std::string_view id, const Path& path) {
  const Path arguments(path, "args");
  const Path id_path(arguments, "id");
  const auto invalid = [&](std::string_view what) { return id_path.fail(fmt::format("invalid node id: {}", what)); };
  const auto parts = parse_id(id);
  if (!parts) return invalid(parts.error());
  const metadata::TableName name{std::string((*parts)[1].get_string()), std::string((*parts)[2].get_string())};
  NodeId node;
  for (const auto& access : schema.access.tables()) {
    if (access->table->name != name || access->table->primary_key.empty()) continue;
    if (node.access != nullptr)
      return invalid(
          fmt::format("this V1 node id matches more than one table across different sources: '{}'", name.shortened()));
    node.access = access.get();
  }
  if (node.access == nullptr) return invalid(fmt::format("no such table found: '{}'", name.shortened()));
  const auto& key = node.access->table->primary_key;
  std::vector<std::string> missing;
  for (std::size_t i = parts->size() - kFirstKey; i < key.size(); ++i) missing.push_back(key[i]->name);
  if (!missing.empty()) return invalid(fmt::format("primary key columns {} are missing", quoted_list(missing)));
  if (parts->size() - kFirstKey > key.size()) {
    const json::Array surplus(parts->begin() + static_cast<std::ptrdiff_t>(kFirstKey + key.size()), parts->end());
    return invalid("unexpected column values " + json::serialize(surplus));
  }
  for (std::size_t i = 0; i < key.size(); ++i) {
    BUSFLOW_TRY(auto value, key_value(*key[i], (*parts)[kFirstKey + i], path));
    node.key.emplace_back(key[i], std::move(value));
  }
  return node;
}

}  // namespace busflow::graphql::compile
