#pragma once

#include <optional>
#include <string>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/postgres/transaction.hpp>

namespace busflow::graphql_events {

/// Where triggers write what happened: the function `busflow_log_event` of a schema, which also holds their own
/// functions.
struct EventLog {
  std::string schema;                   ///< Of letters that need no quotes.
  std::optional<std::string> column{};  ///< Of the row, whose value the function is given last.
};

/// hdb_catalog.event_log.
EventLog reference_log();

/// One trigger of a table as SQL.
struct TriggerSql {
  std::string name;    ///< Of the trigger and of its function: "notify_hasura_booked_INSERT".
  std::string create;  ///< Function, comment and trigger. The comment tells one definition from another.
  std::string mark;    ///< The comment.
};

/// Those of an event trigger, one for each operation.
std::vector<TriggerSql> triggers_of(const EventLog& log, const graphql::metadata::TableName& table,
                                    const graphql::metadata::EventTrigger& trigger);

/// Makes the triggers that have their functions in the log's schema those wanted: what is as it should be is not
/// touched, since creating a trigger locks its table for a moment. The caller sees to it that nobody else does the
/// same.
Result<void> replace_triggers(postgres::Transaction& transaction, const EventLog& log,
                              const std::vector<TriggerSql>& wanted);

}  // namespace busflow::graphql_events
