#include <array>
#include <regex>

#include <fmt/format.h>

#include "operations/call.hpp"

namespace busflow::graphql_metadata {
namespace {

/// Words of statements that may change what the catalog says.
bool may_change_catalog(const std::string& sql) {
  static const std::regex kWords(R"(\b(create|alter|drop|comment|replace|rename|import|do|call|select\s+into)\b)",
                                 std::regex::icase | std::regex::optimize);
  return std::regex_search(sql, kWords);
}

json::Value failure_details(const std::string& sql, const postgres::ServerError& error) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? json::Value(nullptr) : json::Value(text);
  };
  return json::Object{{"statement", sql},
                      {"prepared", false},
                      {"error", json::Object{{"exec_status", "FatalError"},
                                             {"hint", text_or_null(error.hint)},
                                             {"message", error.message},
                                             {"status_code", error.sqlstate},
                                             {"description", text_or_null(error.detail)}}},
                      {"arguments", json::Array{}}};
}

json::Value shown(const postgres::Rows& rows) {
  if (!rows.has_columns()) return json::Object{{"result_type", "CommandOk"}, {"result", nullptr}};
  json::Array table;
  json::Array header;
  for (std::size_t column = 0; column < rows.columns(); ++column) header.emplace_back(rows.column_name(column));
  table.push_back(std::move(header));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    json::Array line;
    for (std::size_t column = 0; column < rows.columns(); ++column) {
      // NULL is shown as text, which cannot be told from the word.
      line.emplace_back(rows.is_null(row, column) ? std::string_view("NULL") : rows.text(row, column));
    }
    table.push_back(std::move(line));
  }
  return json::Object{{"result_type", "TuplesOk"}, {"result", std::move(table)}};
}

Outcome<json::Value> run_sql(Call& call) {
  BUSFLOW_TRY(const std::string sql, call.args.text("sql"));
  const std::string source = call.args.source();
  const bool read_only = call.args.flag("read_only");
  BUSFLOW_TRY(const auto pool, call.draft.pool(source));
  postgres::ServerError failure;
  const auto answer = pool->transact(call.draft.context(), {.read_only = read_only},
                                     [&](postgres::Transaction& transaction) -> Result<json::Value> {
                                       auto rows = transaction.run(sql);
                                       if (!rows) {
                                         failure = transaction.last_failure();
                                         return std::unexpected(rows.error());
                                       }
                                       return shown(*rows);
                                     });
  if (!answer) {
    if (failure.sqlstate.empty()) return std::unexpected(Problem(answer.error()));
    return refuse("postgres-error", "query execution failed", "$.args", failure_details(sql, failure));
  }
  if (!read_only && may_change_catalog(sql)) {
    call.draft.forget_catalog(source);
    call.draft.rebuild();
  }
  return *answer;
}

constexpr std::array kOperations = {Operation{"run_sql", run_sql}};

}  // namespace

std::span<const Operation> sql_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
