#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "operations/call.hpp"
#include "operations/graphql_text.hpp"

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

/// The place in the arguments of the older API that a place in the query stands for: an argument of the field, with
/// operators as they are called there, $.args.where.name["$like"]; the arguments as a whole for anything else.
std::string argument_path(std::string_view path) {
  constexpr std::string_view kRoot = "$.selectionSet.";
  constexpr std::string_view kArguments = ".args";
  const auto field_end = path.starts_with(kRoot) ? path.find('.', kRoot.size()) : std::string_view::npos;
  std::string out = "$.args";
  if (field_end == std::string_view::npos || !path.substr(field_end).starts_with(kArguments)) return out;
  for (auto rest = path.substr(field_end + kArguments.size()); !rest.empty();) {
    const auto end = std::min(rest.find_first_of(".[", 1), rest.size());
    const auto step = rest.substr(0, end);
    out += step.starts_with("._") ? fmt::format("[\"${}\"]", step.substr(2)) : std::string(step);
    rest.remove_prefix(end);
  }
  return out;
}

/// Asks the engine, as admin, and gives the field "result" of the answer.
Outcome<json::Value> ask(Call& call, const std::string& query) {
  BUSFLOW_TRY(const auto engine, call.draft.engine());
  const graphql::Request request{.query = query, .operation_name = {}, .variables = {}};
  const busflow::Session admin("admin", {{"x-hasura-role", "admin"}});
  const auto relocated = [](const Error& error) {
    Problem problem(error);
    problem.path = argument_path(problem.path);
    return problem;
  };
  const auto plan = engine->plan(request, admin);
  if (!plan) return std::unexpected(relocated(plan.error()));
  const auto bound = engine->bind(**plan, request, admin);
  if (!bound) return std::unexpected(relocated(bound.error()));
  if (bound->statement == nullptr) return refuse("not-supported", "this operation is not served here");
  BUSFLOW_TRY(const auto pool, call.draft.pool(call.args.source()));
  const std::string name = fmt::format("p{}", bound->statement->id);
  const auto answer =
      pool->transact(call.draft.context(), {}, [&](postgres::Transaction& transaction) -> Result<json::Value> {
        BUSFLOW_TRY(const auto rows, transaction.execute({name, bound->statement->text}, bound->parameters));
        if (rows.empty()) return json::Value();
        return json::parse(rows.text(0, 0));
      });
  if (!answer) return std::unexpected(relocated(answer.error()));
  const json::Object* data = answer->if_object();
  const json::Value* result = data == nullptr ? nullptr : data->if_contains("result");
  return result == nullptr ? json::Value() : *result;
}

/// The table, the catalog and the writer that a row operation needs.
struct Rows {
  const graphql::metadata::Table* table;
  std::shared_ptr<const graphql::Catalog> catalog;
  GraphqlText text;
};

Outcome<Rows> rows_of(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(const graphql::metadata::Source* source, call.draft.source(call.args.source()));
  const graphql::metadata::Table* table = source->find_table(name);
  if (table == nullptr)
    return refuse("not-exists", fmt::format("table \"{}\" does not exist", name.shortened()), "$.args.table");
  BUSFLOW_TRY(auto catalog, call.draft.catalog(source->name));
  return Rows{table, catalog, GraphqlText(*source, *catalog)};
}

/// The arguments that narrow and order rows, as GraphQL's.
Outcome<std::string> row_arguments(const Call& call, const Rows& rows) {
  std::string arguments;
  if (const json::Value* where = call.args.find("where"))
    arguments += "where: " + rows.text.condition(*rows.table, *where) + " ";
  if (const json::Value* by = call.args.find("order_by")) {
    BUSFLOW_TRY(const std::string order, rows.text.order(*rows.table, *by));
    arguments += "order_by: " + order + " ";
  }
  for (const std::string_view key : {"limit", "offset"}) {
    if (const json::Value* number = call.args.find(key))
      arguments += fmt::format("{}: {} ", key, json::serialize(*number));
  }
  return arguments.empty() ? std::string() : "(" + arguments + ")";
}

Outcome<json::Value> select(Call& call) {
  BUSFLOW_TRY(const Rows rows, rows_of(call));
  BUSFLOW_TRY(const json::Value* columns, call.args.required("columns"));
  BUSFLOW_TRY(const std::string selection, rows.text.selection(*rows.table, *columns));
  BUSFLOW_TRY(const std::string arguments, row_arguments(call, rows));
  const std::string base = GraphqlText::table_name(*rows.table);
  const std::string field = GraphqlText::root_field(*rows.table, "select", base);
  return ask(call, fmt::format("query {{ result: {}{} {{ {} }} }}", field, arguments, selection));
}

Outcome<json::Value> count(Call& call) {
  BUSFLOW_TRY(const Rows rows, rows_of(call));
  BUSFLOW_TRY(const std::string arguments, row_arguments(call, rows));
  const std::string base = GraphqlText::table_name(*rows.table);
  const std::string field = GraphqlText::root_field(*rows.table, "select_aggregate", base + "_aggregate");
  BUSFLOW_TRY(const json::Value answer,
              ask(call, fmt::format("query {{ result: {}{} {{ aggregate {{ count }} }} }}", field, arguments)));
  return json::Object{{"count", answer.at("aggregate").at("count")}};
}

std::string returning(const Call& call, const Rows& rows) {
  const json::Value* columns = call.args.find("returning");
  if (columns == nullptr || !columns->is_array() || columns->get_array().empty()) return {};
  const auto selection = rows.text.selection(*rows.table, *columns);
  return selection ? fmt::format("returning {{ {} }}", *selection) : std::string();
}

Outcome<json::Value> update(Call& call) {
  BUSFLOW_TRY(const Rows rows, rows_of(call));
  BUSFLOW_TRY(const json::Value* where, call.args.required("where"));
  const json::Value* set = call.args.find("$set");
  if (set == nullptr) {
    BUSFLOW_TRY(set, call.args.required("_set"));
  }
  if (!set->is_object()) return refuse("parse-failed", "expected Object", "$.args.$set");
  const std::string base = GraphqlText::table_name(*rows.table);
  const std::string field = GraphqlText::root_field(*rows.table, "update", "update_" + base);
  return ask(call, fmt::format("mutation {{ result: {}(where: {}, _set: {}) {{ affected_rows {} }} }}", field,
                               rows.text.condition(*rows.table, *where), rows.text.row(*rows.table, set->get_object()),
                               returning(call, rows)));
}

Outcome<json::Value> delete_rows(Call& call) {
  BUSFLOW_TRY(const Rows rows, rows_of(call));
  BUSFLOW_TRY(const json::Value* where, call.args.required("where"));
  const std::string base = GraphqlText::table_name(*rows.table);
  const std::string field = GraphqlText::root_field(*rows.table, "delete", "delete_" + base);
  return ask(call, fmt::format("mutation {{ result: {}(where: {}) {{ affected_rows {} }} }}", field,
                               rows.text.condition(*rows.table, *where), returning(call, rows)));
}

constexpr std::array kOperations = {
    Operation{"insert", insert}, Operation{"select", select},      Operation{"count", count},
    Operation{"update", update}, Operation{"delete", delete_rows},
};

}  // namespace

std::span<const Operation> row_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
