#include <algorithm>
#include <array>
#include <optional>
#include <regex>

#include <fmt/format.h>

#include "catalog_diff.hpp"
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

/// Lets the metadata follow what a statement did to the tracked tables; or says what stands in the way.
class Follower {
 public:
  explicit Follower(Call& call) : call_(call), source_(call.args.source()) {}

  /// Before the statement: who needs what.
  Outcome<void> prepare(postgres::Transaction& transaction) {
    BUSFLOW_TRY(before_, RelationIdentities::read(transaction));
    BUSFLOW_TRY(catalog_, call_.draft.catalog(source_));
    BUSFLOW_TRY(const graphql::metadata::Source* source, call_.draft.source(source_));
    for (const auto& table : source->tables) tracked_.insert(table->name);
    report_ = call_.draft.check();
    return {};
  }

  Outcome<void> follow(postgres::Transaction& transaction) {
    BUSFLOW_TRY(const auto after, RelationIdentities::read(transaction));
    const CatalogDiff diff = CatalogDiff::between(before_, after, tracked_);
    BUSFLOW_CHECK(check_types(diff));
    BUSFLOW_CHECK(drop(diff));
    BUSFLOW_TRY(graphql::metadata::Source * source, call_.draft.source(source_));
    for (const auto& change : diff.renamed_columns) {
      rename_column(*source, *catalog_, change.table, change.column, change.now);
      call_.draft.touch();
    }
    for (const auto& [from, to] : diff.renamed_tables) {
      rename_table(*source, from, to);
      call_.draft.touch();
    }
    return {};
  }

 private:
  ObjectId column(const CatalogDiff::ColumnChange& change) const {
    return {ObjectId::Kind::kColumn, source_, change.table, change.column};
  }

  Outcome<void> check_types(const CatalogDiff& diff) const {
    for (const auto& change : diff.retyped_columns) {
      std::vector<std::string> texts;
      for (const ObjectId& id : report_.comparing(column(change))) texts.push_back(id.describe());
      if (texts.empty()) continue;
      std::ranges::sort(texts);
      return refuse("dependency-error",
                    fmt::format("cannot change type of column \"{}\" in table \"{}\" because of the following "
                                "dependencies: {}",
                                change.column, change.table.shortened(), fmt::join(texts, ", ")));
    }
    return {};
  }

  Outcome<void> drop(const CatalogDiff& diff) {
    std::set<ObjectId> gone;
    for (const auto& table : diff.dropped_tables) gone.insert({ObjectId::Kind::kTable, source_, table, ""});
    for (const auto& change : diff.dropped_columns) gone.insert(column(change));
    if (gone.empty()) return {};
    std::vector<ObjectId> others;
    const auto goes_with_its_table = [&](const ObjectId& id) {
      return std::ranges::find(diff.dropped_tables, id.of) != diff.dropped_tables.end();
    };
    for (const ObjectId& id : report_.dependents(gone)) {
      if (!goes_with_its_table(id)) others.push_back(id);
    }
    if (!others.empty() && !call_.args.flag("cascade")) return std::unexpected(dependency_problem(others));
    auto& metadata = call_.draft.metadata();
    for (const ObjectId& id : others) remove(metadata, id);
    for (const ObjectId& id : gone) remove(metadata, id);
    for (const auto& change : diff.dropped_columns) {
      BUSFLOW_TRY(graphql::metadata::Table * table, call_.draft.edit(source_, change.table));
      table->configuration.columns.erase(change.column);
    }
    call_.draft.touch();
    return {};
  }

  Call& call_;
  const std::string source_;
  RelationIdentities before_;
  std::shared_ptr<const graphql::Catalog> catalog_;
  std::set<graphql::metadata::TableName> tracked_;
  Report report_;
};

Outcome<json::Value> run_sql(Call& call) {
  BUSFLOW_TRY(const std::string sql, call.args.text("sql"));
  const std::string source = call.args.source();
  const bool read_only = call.args.flag("read_only");
  const bool follows = !read_only && call.args.flag("check_metadata_consistency", true) && may_change_catalog(sql);
  BUSFLOW_TRY(const auto pool, call.draft.pool(source));
  postgres::ServerError failure;
  std::optional<Problem> problem;
  const auto stopped = [&](const Outcome<void>& outcome) {
    if (!outcome) problem = outcome.error();
    return !outcome;
  };
  const auto answer = pool->transact(call.draft.context(), {.read_only = read_only},
                                     [&](postgres::Transaction& transaction) -> Result<json::Value> {
                                       Follower follower(call);
                                       if (follows && stopped(follower.prepare(transaction)))
                                         return fail(ErrorName::kConflict);
                                       auto rows = transaction.run(sql);
                                       if (!rows) {
                                         failure = transaction.last_failure();
                                         return std::unexpected(rows.error());
                                       }
                                       if (follows && stopped(follower.follow(transaction)))
                                         return fail(ErrorName::kConflict);
                                       return shown(*rows);
                                     });
  if (problem) return std::unexpected(*problem);
  if (!answer) {
    if (failure.sqlstate.empty()) return std::unexpected(Problem(answer.error()));
    return refuse("postgres-error", "query execution failed", "$.args", failure_details(sql, failure));
  }
  if (!read_only && may_change_catalog(sql)) {
    call.draft.forget_catalog(source);
    call.draft.rebuild();
    call.accepts_inconsistencies = !follows;
  }
  return *answer;
}

constexpr std::array kOperations = {Operation{"run_sql", run_sql}};

}  // namespace

std::span<const Operation> sql_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
