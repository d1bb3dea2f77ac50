#include <array>
#include <set>

#include <fmt/format.h>

#include "operations/call.hpp"

/// The row operations of the older API.
namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::TableName;

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char letter : name) {
    if (letter == '"') text += '"';
    text += letter;
  }
  return text + '"';
}

Outcome<json::Value> insert(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_CHECK(call.draft.table(call.args.source(), name));
  BUSFLOW_TRY(const json::Value* objects, call.args.required("objects"));
  if (!objects->is_array()) return refuse("parse-failed", "expected Array", "$.args.objects");
  std::set<std::string> columns;
  for (const json::Value& object : objects->get_array()) {
    if (!object.is_object()) return refuse("parse-failed", "expected Object", "$.args.objects");
    for (const auto& [key, value] : object.get_object()) columns.emplace(key);
  }
  BUSFLOW_TRY(const auto pool, call.draft.pool(call.args.source()));
  const std::string table = quoted(name.schema) + "." + quoted(name.name);
  std::vector<std::string> list;
  for (const auto& column : columns) list.push_back(quoted(column));
  std::int64_t affected = 0;
  const auto done = pool->transact(call.draft.context(), {}, [&](postgres::Transaction& transaction) -> Result<void> {
    // Per row, so that a column that one of them leaves out gets its default.
    for (const json::Value& object : objects->get_array()) {
      std::vector<std::string> own;
      for (const auto& [key, value] : object.get_object()) own.push_back(quoted(key));
      const std::string document = json::serialize(object);
      std::string literal = "'";
      for (const char letter : document) {
        if (letter == '\'') literal += '\'';
        literal += letter;
      }
      literal += "'";
      const std::string sql =
          own.empty() ? fmt::format("INSERT INTO {} DEFAULT VALUES", table)
                      : fmt::format("INSERT INTO {0} ({1}) SELECT {1} FROM json_populate_record(NULL::{0}, {2}::json)",
                                    table, fmt::join(own, ", "), literal);
      BUSFLOW_TRY(const auto rows, transaction.run(sql));
      affected += static_cast<std::int64_t>(rows.affected());
    }
    return {};
  });
  if (!done) return std::unexpected(Problem(done.error()));
  return json::Object{{"affected_rows", affected}};
}

constexpr std::array kOperations = {Operation{"insert", insert}};

}  // namespace

std::span<const Operation> row_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
