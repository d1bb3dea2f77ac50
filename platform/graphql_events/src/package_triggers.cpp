#include <platform/graphql_events/package_triggers.hpp>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <platform/graphql/catalog.hpp>
#include <platform/outbox/row_change.hpp>

#include "trigger_sql.hpp"

namespace busflow::graphql_events {
namespace {

using graphql::metadata::EventTrigger;
using graphql::metadata::Metadata;
using graphql::metadata::Table;

constexpr std::string_view kInternal = "internal:";
constexpr std::string_view kTenant = "tenant_id";
constexpr std::string_view kOrderingKey = "ordering_key";

// {}: the schema. Writers need no right on the outbox: the triggers' functions run with their owner's.
constexpr auto kLogEvent = R"sql(
CREATE OR REPLACE FUNCTION {0}.busflow_log_event(
    of_schema text, of_table text, event_trigger text, operation text, data json, key text, tenant uuid) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $function$
  INSERT INTO {0}.outbox (id, event_name, tenant_id, payload)
  SELECT id, event_trigger, tenant,
         jsonb_strip_nulls(jsonb_build_object('event_id', id, 'tenant_id', tenant, 'ordering_key', key))
         || jsonb_build_object(
              'created_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
              'trigger', jsonb_build_object('name', event_trigger),
              'table', jsonb_build_object('schema', of_schema, 'name', of_table),
              'event', jsonb_build_object('op', operation, 'data', data,
                                          'session_variables', nullif(current_setting('hasura.user', true), '')::jsonb))
    FROM gen_random_uuid() AS id $function$;
)sql";

std::string describe(const Table& table, const EventTrigger& trigger) {
  std::string operations;
  const auto add = [&](std::string_view name, const auto& operation) {
    if (!operation) return;
    operations += fmt::format("{}{}", operations.empty() ? "" : ", ", name);
    if (name == "UPDATE" && !operation->columns.all)
      operations += fmt::format(" of {}", fmt::join(operation->columns.names, ", "));
  };
  add("INSERT", trigger.insert);
  add("UPDATE", trigger.update);
  add("DELETE", trigger.delete_);
  return fmt::format("{} in {}.", operations, table.name.describe());
}

std::unexpected<Error> invalid(const EventTrigger& trigger, std::string_view problem) {
  return fail(ErrorName::kInvalidMetadata,
              fmt::format("{}: event trigger '{}': {}", trigger.location.describe(), trigger.name, problem));
}

/// The name after "internal:"; empty where the webhook is another.
std::string handler_of(const EventTrigger& trigger) {
  return trigger.is_internal() ? trigger.webhook.value_or("").substr(kInternal.size()) : std::string();
}

Result<PackageTrigger> read_trigger(const Table& table, const EventTrigger& trigger,
                                    std::span<const std::string> contexts) {
  if (std::ranges::find(contexts, table.name.schema) == contexts.end())
    return invalid(trigger, fmt::format("'{}' is the schema of no package with an outbox", table.name.schema));
  std::string handler = handler_of(trigger);
  if (handler.empty())
    return invalid(trigger, "the webhook must be \"internal:\" and the name of an event handler of the package");
  if (!trigger.headers.empty() || trigger.request_transform || trigger.response_transform || trigger.cleanup_config ||
      trigger.enable_manual) {
    return invalid(
        trigger, "headers, transforms, cleanup_config and enable_manual have no meaning for a function of the package");
  }
  return PackageTrigger{.name = trigger.name,
                        .context = table.name.schema,
                        .description = describe(table, trigger),
                        .handler = std::move(handler),
                        .retry = trigger.retry,
                        .is_ordered = trigger.ordering_key.has_value()};
}

/// A function in plpgsql fails for a missing column only when it runs, and then fails the writer.
Result<void> check_columns(const graphql::Catalog& catalog, const Table& table, const EventTrigger& trigger) {
  const auto* known = catalog.find(table.name.schema, table.name.name);
  if (known == nullptr) return invalid(trigger, fmt::format("there is no table {}", table.name.describe()));
  std::vector<std::string> needed{std::string(kTenant)};
  if (trigger.ordering_key) needed.push_back(*trigger.ordering_key);
  for (const auto* operation : {&trigger.insert, &trigger.update, &trigger.delete_}) {
    if (!*operation) continue;
    std::ranges::copy((*operation)->columns.names, std::back_inserter(needed));
    if ((*operation)->payload) std::ranges::copy((*operation)->payload->names, std::back_inserter(needed));
  }
  for (const auto& name : needed) {
    if (std::ranges::find(known->columns, name, &graphql::CatalogColumn::name) == known->columns.end())
      return invalid(trigger, fmt::format("{} has no column '{}'", table.name.describe(), name));
  }
  return {};
}

template <class Visit>
Result<void> for_each_trigger(const Metadata& metadata, Visit visit) {
  for (const auto& source : metadata.sources) {
    for (const auto& table : source.tables) {
      for (const auto& trigger : table->event_triggers) BUSFLOW_CHECK(visit(*table, trigger));
    }
  }
  return {};
}

}  // namespace

EventType PackageTrigger::type() const {
  return {.name = name,
          .owner = context,
          .description = description,
          .fields = outbox::row_change_fields(),
          .ordering_field = is_ordered ? kOrderingKey : std::string_view()};
}

Result<std::vector<PackageTrigger>> package_triggers(const Metadata& metadata, std::span<const std::string> contexts) {
  std::vector<PackageTrigger> triggers;
  BUSFLOW_CHECK(for_each_trigger(metadata, [&](const Table& table, const EventTrigger& trigger) -> Result<void> {
    if (std::ranges::find(triggers, trigger.name, &PackageTrigger::name) != triggers.end())
      return invalid(trigger, "another one has the same name");
    BUSFLOW_TRY(auto read, read_trigger(table, trigger, contexts));
    triggers.push_back(std::move(read));
    return {};
  }));
  return triggers;
}

Result<void> install_package_triggers(Context& context, postgres::Pool& pool, const Metadata& metadata,
                                      std::span<const std::string> contexts) {
  BUSFLOW_CHECK(package_triggers(metadata, contexts));
  return pool.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.script("SELECT pg_advisory_xact_lock(hashtext('busflow event triggers'))"));
    BUSFLOW_TRY(const auto catalog, graphql::read_catalog(transaction));
    for (const std::string& schema : contexts) {
      const EventLog log{.schema = schema, .column = std::string(kTenant)};
      std::vector<TriggerSql> wanted;
      BUSFLOW_CHECK(for_each_trigger(metadata, [&](const Table& table, const EventTrigger& trigger) -> Result<void> {
        if (table.name.schema != schema) return {};
        std::ranges::move(triggers_of(log, table.name, trigger), std::back_inserter(wanted));
        return check_columns(catalog, table, trigger);
      }));
      if (!wanted.empty()) BUSFLOW_CHECK(transaction.script(fmt::format(kLogEvent, schema)));
      BUSFLOW_CHECK(replace_triggers(transaction, log, wanted));
    }
    return {};
  });
}

}  // namespace busflow::graphql_events
