#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace busflow {

/// What a field of an event holds, in JSON.
enum class EventFieldKind : std::uint8_t {
  kUuid,
  kText,
  kInteger,
  kBoolean,
  kDate,  ///< "2026-05-01"
  kTime,  ///< RFC 3339 in UTC: "2026-05-01T06:30:00.000Z"
  kList,
  kObject,
};

struct EventField {
  std::string_view name;
  EventFieldKind kind = EventFieldKind::kText;
  std::string_view description;
  bool is_optional = false;
};

/// The one declaration of a domain event, in its owner's contract. Payloads are checked against it when they are
/// published and before they are handled; docs/reference/events.md is generated from it.
struct EventType {
  std::string_view name;         ///< "TourDeparturePublished"
  std::string_view owner;        ///< The context that publishes it, and whose schema has the outbox.
  std::string_view description;  ///< What happened.
  std::span<const EventField> fields;
  /// A field: events with the same value are handled one after the other, in the order they were published. Empty: in
  /// no particular order, and tenants take turns.
  std::string_view ordering_field{};
};

}  // namespace busflow
