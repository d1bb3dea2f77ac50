#include "operations/graphql_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "operations/call.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Relationship;
using graphql::metadata::Table;

/// JSON as a GraphQL literal.
std::string literal(const json::Value& value) {
  if (value.is_array()) {
    std::string text;
    for (const json::Value& item : value.get_array()) text += (text.empty() ? "" : ", ") + literal(item);
    return "[" + text + "]";
  }
  if (value.is_object()) {
    std::string text;
    for (const auto& [key, item] : value.get_object())
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", std::string_view(key), literal(item));
    return "{" + text + "}";
  }
  return json::serialize(value);
}

std::string operators(const json::Value& value) {
  if (!value.is_object()) return fmt::format("{{_eq: {}}}", literal(value));
  std::string text;
  for (const auto& [key, operand] : value.get_object()) {
    std::string name(key);
    if (name.starts_with('$')) name[0] = '_';
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, literal(operand));
  }
  return "{" + text + "}";
}

bool is_list_operator(std::string_view key) { return key == "$and" || key == "_and" || key == "$or" || key == "_or"; }

}  // namespace

std::string GraphqlText::table_name(const Table& table) {
  if (!table.configuration.custom_name.empty()) return table.configuration.custom_name;
  return table.name.schema == "public" ? table.name.name : table.name.schema + "_" + table.name.name;
}

std::string GraphqlText::root_field(const Table& table, const std::string& root, const std::string& by_default) {
  const auto found = table.configuration.custom_root_fields.find(root);
  const bool is_custom = found != table.configuration.custom_root_fields.end() && !found->second.name.empty();
  return is_custom ? found->second.name : by_default;
}

std::string GraphqlText::column_name(const Table& table, const std::string& column) {
  const auto found = table.configuration.columns.find(column);
  const bool is_custom = found != table.configuration.columns.end() && !found->second.custom_name.empty();
  return is_custom ? found->second.custom_name : column;
}

const Table* GraphqlText::target(const Table& table, const std::string& relationship) const {
  const auto found = std::ranges::find(table.relationships, relationship, &Relationship::name);
  if (found == table.relationships.end()) return nullptr;
  if (found->kind != Relationship::Using::kOwnForeignKey) return source_.find_table(found->remote_table);
  const auto* known = catalog_.find(table.name.schema, table.name.name);
  if (known == nullptr) return nullptr;
  for (const auto& key : known->foreign_keys) {
    const auto is_named = [&](const auto& pair) {
      return std::ranges::find(found->columns, pair.first) != found->columns.end();
    };
    if (key.columns.size() == found->columns.size() && std::ranges::all_of(key.columns, is_named))
      return source_.find_table({key.target_schema, key.target_table});
  }
  return nullptr;
}

Outcome<std::string> GraphqlText::selection(const Table& table, const json::Value& columns) const {
  if (!columns.is_array()) return refuse("parse-failed", "expected Array", "$.args.columns");
  std::string text;
  const auto add = [&](const std::string& column) {
    const std::string field = column_name(table, column);
    text += field == column ? field + " " : fmt::format("{}: {} ", column, field);
  };
  std::size_t index = 0;
  for (const json::Value& item : columns.get_array()) {
    const std::string path = fmt::format("$.args.columns[{}]", index++);
    if (item.is_string() && item.get_string() == "*") {
      const auto* known = catalog_.find(table.name.schema, table.name.name);
      if (known == nullptr) continue;
      for (const auto& column : known->columns) add(column.name);
    } else if (item.is_string()) {
      add(std::string(item.get_string()));
    } else if (item.is_object()) {
      const Arguments entry(item.get_object());
      BUSFLOW_TRY(const std::string name, entry.text("name"));
      const Table* to = target(table, name);
      if (to == nullptr) return refuse("not-exists", fmt::format("relationship \"{}\" does not exist", name), path);
      BUSFLOW_TRY(const json::Value* inner, entry.required("columns"));
      BUSFLOW_TRY(const std::string nested, selection(*to, *inner));
      std::string arguments;
      if (const json::Value* where = entry.find("where")) arguments += "where: " + condition(*to, *where) + " ";
      if (const json::Value* by = entry.find("order_by")) {
        BUSFLOW_TRY(const std::string sorted, order(*to, *by));
        arguments += "order_by: " + sorted + " ";
      }
      for (const std::string_view key : {"limit", "offset"}) {
        if (const json::Value* number = entry.find(key)) arguments += fmt::format("{}: {} ", key, literal(*number));
      }
      text += arguments.empty() ? fmt::format("{} {{ {} }} ", name, nested)
                                : fmt::format("{}({}) {{ {} }} ", name, arguments, nested);
    } else {
      return refuse("parse-failed", "expected a column or a relationship", path);
    }
  }
  return text;
}

std::string GraphqlText::condition(const Table& table, const json::Value& where) const {
  if (!where.is_object()) return literal(where);
  std::string text;
  for (const auto& [raw_key, value] : where.get_object()) {
    const std::string key(raw_key);
    std::string part;
    if (is_list_operator(key) && value.is_array()) {
      std::string items;
      for (const json::Value& item : value.get_array()) items += (items.empty() ? "" : ", ") + condition(table, item);
      part = fmt::format("_{}: [{}]", key.substr(1), items);
    } else if (key == "$not" || key == "_not") {
      part = "_not: " + condition(table, value);
    } else if (const Table* to = target(table, key)) {
      part = key + ": " + condition(*to, value);
    } else {
      part = column_name(table, key) + ": " + operators(value);
    }
    text += (text.empty() ? "" : ", ") + part;
  }
  return "{" + text + "}";
}

Outcome<std::string> GraphqlText::order(const Table& table, const json::Value& order) const {
  json::Array list;
  if (order.is_array()) {
    list = order.get_array();
  } else {
    list.push_back(order);
  }
  std::string text;
  for (const json::Value& item : list) {
    std::string column;
    std::string direction = "asc";
    if (item.is_string()) {  // "-name", "+name", "name"
      column = std::string_view(item.get_string());
      if (column.starts_with('-')) direction = "desc";
      if (column.starts_with('-') || column.starts_with('+')) column.erase(0, 1);
    } else if (item.is_object()) {
      const Arguments entry(item.get_object());
      BUSFLOW_TRY(column, entry.text("column"));
      direction = entry.text_or("type", "asc");
      if (const std::string nulls = entry.text_or("nulls", ""); !nulls.empty()) direction += "_nulls_" + nulls;
    } else {
      return refuse("parse-failed", "expected a column to order by", "$.args.order_by");
    }
    std::vector<std::string> relationships;  // Of "author.name".
    const Table* of = &table;
    while (of != nullptr && column.contains('.')) {
      relationships.push_back(column.substr(0, column.find('.')));
      column.erase(0, relationships.back().size() + 1);
      of = target(*of, relationships.back());
    }
    std::string entry = fmt::format("{}: {}", of == nullptr ? column : column_name(*of, column), direction);
    for (auto relationship = relationships.rbegin(); relationship != relationships.rend(); ++relationship)
      entry = fmt::format("{}: {{{}}}", *relationship, entry);
    text += fmt::format("{}{{{}}}", text.empty() ? "" : ", ", entry);
  }
  return "[" + text + "]";
}

std::string GraphqlText::row(const Table& table, const json::Object& values) const {
  std::string text;
  for (const auto& [key, value] : values)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", column_name(table, std::string(key)), literal(value));
  return "{" + text + "}";
}

}  // namespace busflow::graphql_metadata
