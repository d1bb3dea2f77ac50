#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <platform/graphql_events/schedules.hpp>

#include "operations/call.hpp"

/// Event and cron triggers as metadata; their delivery has operations of its own.
namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::CronTrigger;
using graphql::metadata::EventTrigger;
using graphql::metadata::Source;
using graphql::metadata::Table;
using graphql::metadata::TableName;

/// The operation's flat arguments as an entry of the metadata.
json::Object trigger_entry(const Arguments& args) {
  json::Object entry;
  json::Object definition;
  for (const std::string_view key : {"insert", "update", "delete", "enable_manual"}) {
    if (const json::Value* value = args.find(key)) definition[key] = *value;
  }
  for (const std::string_view key :
       {"name", "retry_conf", "webhook", "webhook_from_env", "headers", "request_transform", "response_transform",
        "cleanup_config", "trigger_on_replication", "ordering_key"}) {
    if (const json::Value* value = args.find(key)) entry[key] = *value;
  }
  entry["definition"] = std::move(definition);
  return entry;
}

Outcome<json::Value> create_event_trigger(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(EventTrigger trigger, Arguments::read<EventTrigger>(trigger_entry(call.args)));
  BUSFLOW_TRY(const Source* source, call.draft.source(call.args.source()));
  const TriggerPlace known = find_event_trigger(*source, trigger.name);
  const bool replaces = call.args.flag("replace");
  if (known.trigger != nullptr && !replaces)
    return refuse("already-exists", fmt::format("event trigger with name \"{}\" already exists", trigger.name));
  if (known.trigger == nullptr && replaces) return std::unexpected(no_event_trigger(trigger.name));
  if (known.trigger != nullptr && known.table->name != name) {
    return refuse("not-supported", fmt::format("the event trigger \"{}\" belongs to another table", trigger.name));
  }
  BUSFLOW_TRY(Table * table, call.draft.edit(source->name, name));
  call.subject = fmt::format("event_trigger {} in table {} in source {}", trigger.name, name.shortened(), source->name);
  std::erase_if(table->event_triggers, [&](const EventTrigger& each) { return each.name == trigger.name; });
  table->event_triggers.push_back(std::move(trigger));
  return success();
}

Outcome<json::Value> delete_event_trigger(Call& call) {
  BUSFLOW_TRY(const std::string trigger, call.args.text("name"));
  BUSFLOW_TRY(const Source* source, call.draft.source(call.args.source()));
  const TriggerPlace known = find_event_trigger(*source, trigger);
  if (known.trigger == nullptr) return std::unexpected(no_event_trigger(trigger));
  const TableName name = known.table->name;  // The draft's own copy of the table takes the place of this one.
  BUSFLOW_TRY(Table * table, call.draft.edit(source->name, name));
  std::erase_if(table->event_triggers, [&](const EventTrigger& each) { return each.name == trigger; });
  return success();
}

Outcome<json::Value> create_cron_trigger(Call& call) {
  BUSFLOW_TRY(CronTrigger trigger,
              call.args.part<CronTrigger>({"name", "webhook", "schedule", "payload", "retry_conf", "headers",
                                           "include_in_metadata", "comment", "request_transform", "response_transform",
                                           "timezone", "overlap"}));
  if (const auto fits = graphql_events::check_schedule(trigger); !fits)
    return refuse("parse-failed", std::string(fits.error().message()), "$.args.schedule");
  auto& triggers = call.draft.metadata().cron_triggers;
  const auto known = std::ranges::find(triggers, trigger.name, &CronTrigger::name);
  if (known != triggers.end()) {
    if (!call.args.flag("replace"))
      return refuse("already-exists", fmt::format("cron trigger with name: {} already exists", trigger.name));
    *known = std::move(trigger);
  } else {
    triggers.push_back(std::move(trigger));
  }
  call.draft.touch();
  return success();
}

Outcome<json::Value> delete_cron_trigger(Call& call) {
  BUSFLOW_TRY(const std::string name, call.args.text("name"));
  if (std::erase_if(call.draft.metadata().cron_triggers, [&](const auto& each) { return each.name == name; }) == 0)
    return refuse("not-exists", fmt::format("cron trigger with name: {} does not exist", name));
  call.draft.touch();
  return success();
}

Outcome<json::Value> get_cron_triggers(Call& call) {
  json::Array triggers;
  for (const CronTrigger& trigger : call.draft.metadata().cron_triggers)
    triggers.push_back(graphql::metadata::encode(trigger));
  return json::Object{{"cron_triggers", std::move(triggers)}};
}

constexpr std::array kOperations = {
    Operation{"create_event_trigger", create_event_trigger}, Operation{"delete_event_trigger", delete_event_trigger},
    Operation{"create_cron_trigger", create_cron_trigger},   Operation{"delete_cron_trigger", delete_cron_trigger},
    Operation{"get_cron_triggers", get_cron_triggers},
};

}  // namespace

TriggerPlace find_event_trigger(const Source& source, const std::string& name) {
  for (const auto& table : source.tables) {
    const auto found = std::ranges::find(table->event_triggers, name, &EventTrigger::name);
    if (found != table->event_triggers.end()) return {table.get(), &*found};
  }
  return {};
}

Problem no_event_trigger(const std::string& name) {
  return {"not-exists", fmt::format("event trigger with name \"{}\" does not exist", name)};
}

std::span<const Operation> trigger_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
