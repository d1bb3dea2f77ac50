#include "operations/call.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace busflow::graphql_metadata {
namespace {

using Table = std::map<std::string_view, const Operation*>;

Table make_table() {
  Table table;
  for (const auto operations :
       {table_operations(), relationship_operations(), permission_operations(), function_operations(),
        source_operations(), collection_operations(), role_operations(), action_operations(), trigger_operations(),
        event_log_operations(), schedule_operations(), transform_operations(), document_operations(), sql_operations(),
        row_operations()}) {
    for (const Operation& operation : operations) table.emplace(operation.name, &operation);
  }
  return table;
}

}  // namespace

json::Value success() { return json::Object{{"message", "success"}}; }

const Operation* find_operation(std::string_view type) {
  static const Table table = make_table();
  for (const std::string_view prefix : {"pg_", "postgres_"}) {
    if (type.starts_with(prefix)) type.remove_prefix(prefix.size());
  }
  const auto found = table.find(type);
  return found == table.end() ? nullptr : found->second;
}

const json::Value* Arguments::find(std::string_view key) const {
  const json::Value* value = object_.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Outcome<const json::Value*> Arguments::required(std::string_view key) const {
  if (const json::Value* value = find(key)) return value;
  return refuse("parse-failed", fmt::format("key \"{}\" not found", key));
}

Outcome<std::string> Arguments::text(std::string_view key) const {
  BUSFLOW_TRY(const json::Value* value, required(key));
  if (!value->is_string())
    return refuse("parse-failed", fmt::format("expected String for the key \"{}\"", key),
                  fmt::format("$.args.{}", key));
  return std::string(value->get_string());
}

std::string Arguments::text_or(std::string_view key, std::string_view by_default) const {
  const json::Value* value = find(key);
  return std::string(value != nullptr && value->is_string() ? std::string_view(value->get_string()) : by_default);
}

bool Arguments::flag(std::string_view key, bool by_default) const {
  const json::Value* value = find(key);
  return value != nullptr && value->is_bool() ? value->get_bool() : by_default;
}

std::optional<std::int64_t> Arguments::integer(std::string_view key) const {
  const json::Value* value = find(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::string Arguments::count(std::string_view key, std::int64_t by_default) const {
  return std::to_string(std::clamp<std::int64_t>(integer(key).value_or(by_default), 0, 10000));
}

Outcome<graphql::metadata::QualifiedName> Arguments::name(std::string_view key) const {
  BUSFLOW_TRY(const json::Value* value, required(key));
  return read<graphql::metadata::QualifiedName>(*value, fmt::format(".{}", key));
}

}  // namespace busflow::graphql_metadata
