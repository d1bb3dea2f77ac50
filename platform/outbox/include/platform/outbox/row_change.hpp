#pragma once

#include <optional>
#include <span>
#include <string>

#include <platform/base/event_type.hpp>
#include <platform/base/result.hpp>
#include <platform/json/json.hpp>
#include <platform/outbox/event.hpp>

namespace busflow::outbox {

/// A row that somebody changed, as an event trigger of its table tells it. The payload of such an event is the body
/// that Hasura's event triggers send (hasura.io/docs/2.0/event-triggers/payload), with the event's id and tenant first.
struct RowChange {
  std::string operation;                          ///< "INSERT", "UPDATE", "DELETE"
  std::optional<json::Object> before;             ///< Nothing of an INSERT.
  std::optional<json::Object> after;              ///< Nothing of a DELETE.
  std::optional<json::Object> session_variables;  ///< Of whoever did it through GraphQL.
};

/// The fields of such an event.
std::span<const EventField> row_change_fields();

/// kValidationFailed names the first field that is not as it should be.
Result<RowChange> read_row_change(const Event& event);

}  // namespace busflow::outbox
