#pragma once

#include <set>
#include <string>
#include <string_view>

#include <platform/base/result.hpp>
#include <platform/change_feed/changes.hpp>
#include <platform/postgres/statement.hpp>

/// Which tables a SELECT reads, as PostgreSQL's planner sees it: through views, policies of row-level security and SQL
/// functions that it inlines, down to the partitions. Two questions, so that callers can put them over any connection.
namespace busflow::change_feed {

/// What a statement's result depends on.
struct Dependencies {
  std::set<TableName> tables;
  std::set<std::string> functions;  ///< Called by name, without schema: built-in ones and others.
  bool reads_clock = false;         ///< Its result may change by itself.
};

/// The first question: run it with the statement's own number of parameters; any values will do.
std::string explain(std::string_view statement);
/// Reads its answer, one row with one column.
Result<Dependencies> read_explained(std::string_view plan);

/// The second question, with unseen_sources_parameters(): yields no row when every change of the result shows up as a
/// change of one of the tables. Else a reason in words: a function of the database that may read anything, a foreign
/// table, a materialised view, a table that is not logged or belongs to the system.
extern const std::string_view kUnseenSources;
postgres::Parameters unseen_sources_parameters(const Dependencies& dependencies);

}  // namespace busflow::change_feed
