#include "trigger_sql.hpp"

#include <map>

#include <fmt/format.h>

#include <platform/crypto/digest.hpp>
#include <platform/postgres/identifier.hpp>

namespace busflow::graphql_events {
namespace {

using graphql::metadata::ColumnList;
using graphql::metadata::EventTrigger;
using graphql::metadata::TableName;
using graphql::metadata::TriggerOperation;
using postgres::quote_identifier;
using postgres::quote_literal;

constexpr std::size_t kLongestIdentifier = 63;
constexpr std::size_t kDigestLetters = 16;

std::string trigger_name(const std::string& event_trigger, std::string_view operation) {
  std::string name = fmt::format("notify_hasura_{}_{}", event_trigger, operation);
  if (name.size() <= kLongestIdentifier) return name;
  return fmt::format("notify_hasura_{}_{}", crypto::sha256_hex(event_trigger).substr(0, kDigestLetters), operation);
}

/// The row's columns as JSON; all of them, or those listed.
std::string row_json(std::string_view row, const std::optional<ColumnList>& columns) {
  if (!columns || columns->all) return fmt::format("row_to_json({})", row);
  std::string pairs;
  for (const auto& column : columns->names) {
    pairs +=
        fmt::format("{}{}, {}.{}", pairs.empty() ? "" : ", ", quote_literal(column), row, quote_identifier(column));
  }
  return fmt::format("json_build_object({})", pairs);
}

/// What is compared to see whether an update concerns the trigger; as text, since json has no equality.
std::string compared(std::string_view row, const ColumnList& columns) {
  if (columns.all) return fmt::format("row_to_json({})::text", row);
  std::string list;
  for (const auto& column : columns.names)
    list += fmt::format("{}{}.{}", list.empty() ? "" : ", ", row, quote_identifier(column));
  return fmt::format("json_build_array({})::text", list);
}

TriggerSql one(const EventLog& log, const TableName& table, const EventTrigger& trigger, std::string_view operation,
               const TriggerOperation& definition) {
  const bool has_old = operation != "INSERT";
  const bool has_new = operation != "DELETE";
  const std::string name = trigger_name(trigger.name, operation);
  const std::string function = log.schema + "." + quote_identifier(name);
  const std::string qualified = quote_identifier(table.schema) + "." + quote_identifier(table.name);
  const std::string guard = operation == "UPDATE"
                                ? fmt::format("  IF {} IS NOT DISTINCT FROM {} THEN RETURN NULL; END IF;\n",
                                              compared("OLD", definition.columns), compared("NEW", definition.columns))
                                : std::string();
  const auto value = [&](const std::string& column) {
    return fmt::format("{}.{}", has_new ? "NEW" : "OLD", quote_identifier(column));
  };
  const std::string key = trigger.ordering_key ? value(*trigger.ordering_key) + "::text" : "NULL";
  const std::string last = log.column ? ", " + value(*log.column) : std::string();
  // Whoever may write the table needs no right on the log; the path keeps the function from calling anything else.
  const std::string body = fmt::format(
      "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS "
      "$function$\nBEGIN\n{}"
      "  PERFORM {}.busflow_log_event({}, {}, {}, {}, json_build_object('old', {}, 'new', {}), {}{});\n"
      "  RETURN NULL;\nEND $function$;\n"
      "CREATE TRIGGER {} AFTER {} ON {} FOR EACH ROW EXECUTE FUNCTION {}();\n{}",
      function, guard, log.schema, quote_literal(table.schema), quote_literal(table.name), quote_literal(trigger.name),
      quote_literal(operation), has_old ? row_json("OLD", definition.payload) : "NULL",
      has_new ? row_json("NEW", definition.payload) : "NULL", key, last, quote_identifier(name), operation, qualified,
      function,
      trigger.trigger_on_replication.value_or(false)
          ? fmt::format("ALTER TABLE {} ENABLE ALWAYS TRIGGER {};\n", qualified, quote_identifier(name))
          : std::string());
  const std::string mark = "busflow " + crypto::sha256_hex(body).substr(0, kDigestLetters);
  return {.name = name,
          .create = fmt::format("{}COMMENT ON FUNCTION {}() IS {};\n", body, function, quote_literal(mark)),
          .mark = mark};
}

constexpr postgres::Statement kInstalled{"graphql_events.installed", R"sql(
SELECT t.tgname, coalesce(obj_description(p.oid, 'pg_proc'), '') AS mark
  FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = $1 AND t.tgname LIKE 'notify\_hasura\_%' AND NOT t.tgisinternal)sql"};

/// Marks by name.
Result<std::map<std::string, std::string>> installed(postgres::Transaction& transaction, const EventLog& log) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kInstalled, {log.schema}));
  std::map<std::string, std::string> marks;
  for (std::size_t row = 0; row < rows.size(); ++row)
    marks.emplace(std::string(rows.text(row, "tgname")), std::string(rows.text(row, "mark")));
  return marks;
}

/// The trigger goes with its function.
std::string drop_trigger(const EventLog& log, const std::string& name) {
  return fmt::format("DROP FUNCTION {}.{}() CASCADE;\n", log.schema, quote_identifier(name));
}

}  // namespace

EventLog reference_log() { return {.schema = "hdb_catalog"}; }

std::vector<TriggerSql> triggers_of(const EventLog& log, const TableName& table, const EventTrigger& trigger) {
  std::vector<TriggerSql> all;
  if (trigger.insert) all.push_back(one(log, table, trigger, "INSERT", *trigger.insert));
  if (trigger.update) all.push_back(one(log, table, trigger, "UPDATE", *trigger.update));
  if (trigger.delete_) all.push_back(one(log, table, trigger, "DELETE", *trigger.delete_));
  return all;
}

Result<void> replace_triggers(postgres::Transaction& transaction, const EventLog& log,
                              const std::vector<TriggerSql>& wanted) {
  BUSFLOW_TRY(auto present, installed(transaction, log));
  std::string script;
  for (const TriggerSql& sql : wanted) {
    const auto known = present.find(sql.name);
    const bool is_same = known != present.end() && known->second == sql.mark;
    if (known != present.end() && !is_same) script += drop_trigger(log, sql.name);
    if (!is_same) script += sql.create;
    if (known != present.end()) present.erase(known);
  }
  for (const auto& [name, mark] : present) script += drop_trigger(log, name);
  return script.empty() ? Result<void>() : transaction.script(script);
}

}  // namespace busflow::graphql_events
