#pragma once

#include <string>
#include <vector>

#include <platform/graphql/metadata.hpp>

namespace busflow::graphql_events {

/// One trigger of a table as SQL.
struct TriggerSql {
  std::string name;    ///< Of the trigger and of its function: "notify_hasura_booked_INSERT".
  std::string create;  ///< Function, comment and trigger. The comment tells one definition from another.
  std::string mark;    ///< The comment.
};

/// Those of an event trigger, one for each operation.
std::vector<TriggerSql> triggers_of(const graphql::metadata::TableName& table,
                                    const graphql::metadata::EventTrigger& trigger);

/// `DROP FUNCTION hdb_catalog."name"() CASCADE`, which drops the trigger.
std::string drop_trigger(const std::string& name);

}  // namespace busflow::graphql_events
