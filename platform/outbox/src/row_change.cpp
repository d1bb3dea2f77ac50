#include <platform/outbox/row_change.hpp>

#include <array>

#include <platform/json/reader.hpp>

namespace busflow::outbox {
namespace {

constexpr std::array kFields = {
    EventField{"event_id", EventFieldKind::kUuid, "The key by which handlers recognise a repetition"},
    EventField{"tenant_id", EventFieldKind::kUuid, "The row's operator"},
    EventField{"created_at", EventFieldKind::kTime, "When the transaction began that changed the row"},
    EventField{"trigger", EventFieldKind::kObject, "`name`: the event trigger's"},
    EventField{"table", EventFieldKind::kObject, "`schema` and `name`"},
    EventField{"event", EventFieldKind::kObject,
               "`op`: INSERT, UPDATE or DELETE; `data`: the row, `old` and `new`; `session_variables` of whoever did "
               "it through GraphQL, else null"},
    EventField{"ordering_key", EventFieldKind::kText, "The value that orders the trigger's events", true},
};

/// Null and absent are the same: nothing.
Result<std::optional<json::Object>> read_row(const json::Reader& reader, std::string_view name) {
  BUSFLOW_TRY(const auto row, reader.optional_object(name));
  return row ? std::optional(row->fields()) : std::nullopt;
}

}  // namespace

std::span<const EventField> row_change_fields() { return kFields; }

Result<RowChange> read_row_change(const Event& event) {
  BUSFLOW_TRY(const auto told, json::Reader(event.payload).object("event"));
  BUSFLOW_TRY(const auto data, told.object("data"));
  RowChange change;
  BUSFLOW_TRY(change.operation, told.text("op"));
  BUSFLOW_TRY(change.before, read_row(data, "old"));
  BUSFLOW_TRY(change.after, read_row(data, "new"));
  BUSFLOW_TRY(change.session_variables, read_row(told, "session_variables"));
  return change;
}

}  // namespace busflow::outbox
