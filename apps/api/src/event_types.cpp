#include "event_types.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "modules.hpp"

namespace busflow::api {
namespace {

using graphql_events::PackageTrigger;

bool has_handler(const std::vector<application::Module>& modules, const PackageTrigger& trigger) {
  return std::ranges::any_of(modules, [&](const application::Module& module) {
    return module.context == trigger.context &&
           std::ranges::any_of(module.event_handlers, [&](const application::EventHandler& handler) {
             return handler.event == trigger.name && handler.name == trigger.handler;
           });
  });
}

}  // namespace

std::vector<std::string> outbox_contexts(const std::vector<application::Module>& modules) {
  std::vector<std::string> contexts;
  for (const auto& module : modules) {
    if (module.has_outbox) contexts.push_back(module.context);
  }
  return contexts;
}

EventTypes::EventTypes(graphql::metadata::Metadata metadata, std::vector<PackageTrigger> triggers)
    : metadata_(std::move(metadata)), triggers_(std::move(triggers)) {
  for (const auto& trigger : triggers_) types_.emplace(trigger.name, trigger.type());
}

Result<EventTypes> EventTypes::read(const std::vector<application::Module>& modules) {
  BUSFLOW_TRY(auto metadata, graphql::metadata::load(MetadataFiles(modules).files()));
  BUSFLOW_TRY(auto triggers, graphql_events::package_triggers(metadata, outbox_contexts(modules)));
  EventTypes types(std::move(metadata), std::move(triggers));
  for (const auto& module : modules) {
    for (const auto* type : module.events) types.types_.emplace(type->name, *type);
  }
  BUSFLOW_CHECK(types.check_handlers(modules));
  return types;
}

const PackageTrigger* EventTypes::find_trigger(std::string_view event) const {
  const auto found = std::ranges::find(triggers_, event, &PackageTrigger::name);
  return found == triggers_.end() ? nullptr : &*found;
}

Result<void> EventTypes::check_handlers(const std::vector<application::Module>& modules) const {
  for (const auto& trigger : triggers_) {
    if (!has_handler(modules, trigger)) {
      return fail(ErrorName::kInvalidMetadata,
                  fmt::format("event trigger '{}' names the function '{}', which {} does not have for it", trigger.name,
                              trigger.handler, trigger.context));
    }
  }
  for (const auto& module : modules) {
    for (const auto& handler : module.event_handlers) {
      if (!types_.contains(handler.event)) {
        return fail(ErrorName::kInternal,
                    fmt::format("{} handles {}, which no package declares", handler.name, handler.event));
      }
    }
  }
  return {};
}

}  // namespace busflow::api
