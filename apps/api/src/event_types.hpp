#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <platform/application/module.hpp>
#include <platform/base/event_type.hpp>
#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/graphql_events/package_triggers.hpp>

namespace busflow::api {

/// The contexts that publish events.
std::vector<std::string> outbox_contexts(const std::vector<application::Module>& modules);

/// All events there are: those that packages' contracts declare, and those of event triggers in their metadata. The
/// modules outlive it.
class EventTypes {
 public:
  /// kInvalidMetadata as graphql_events::package_triggers() says, and for a trigger whose function is not there.
  /// kInternal for a handler that waits for an event which nobody tells.
  static Result<EventTypes> read(const std::vector<application::Module>& modules);

  EventTypes(EventTypes&&) = default;
  EventTypes& operator=(EventTypes&&) = default;

  /// The event must be known.
  const EventType& find(std::string_view event) const { return types_.find(event)->second; }
  const std::map<std::string, EventType, std::less<>>& by_name() const { return types_; }
  const std::vector<graphql_events::PackageTrigger>& triggers() const { return triggers_; }
  /// Null for an event that is none of a trigger.
  const graphql_events::PackageTrigger* find_trigger(std::string_view event) const;
  /// Of all packages, which declares the triggers.
  const graphql::metadata::Metadata& metadata() const { return metadata_; }

 private:
  EventTypes(graphql::metadata::Metadata metadata, std::vector<graphql_events::PackageTrigger> triggers);
  Result<void> check_handlers(const std::vector<application::Module>& modules) const;

  graphql::metadata::Metadata metadata_;
  std::vector<graphql_events::PackageTrigger> triggers_;  ///< The types refer to them.
  std::map<std::string, EventType, std::less<>> types_;
};

}  // namespace busflow::api
