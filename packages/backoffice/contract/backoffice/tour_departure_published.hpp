#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/event_type.hpp>
#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>

#include <backoffice/dates.hpp>

namespace busflow::backoffice {

/// A stretch the coach has to drive. The types are those of operations.service_legs.
struct PlannedLeg {
  std::string leg_type;  ///< "PICKUP", "TRANSIT", "DROPOFF"
  WallTime scheduled_start;
  WallTime scheduled_end;

  friend bool operator==(const PlannedLeg&, const PlannedLeg&) = default;
};

/// A departure went on sale. The payload is complete on purpose: whoever reacts needs nothing else from the back
/// office.
struct TourDeparturePublished {
  static constexpr std::string_view kName = "TourDeparturePublished";

  Uuid event_id;
  Uuid tenant_id;
  Uuid tour_departure_id;
  Uuid tour_template_id;
  std::string title;
  std::string destination;
  Date start_date;
  Date end_date;  ///< Last day, included.
  std::int64_t capacity = 0;
  std::int64_t list_price_cents = 0;  ///< Gross, per person.
  std::string currency;               ///< ISO 4217.
  WallTime published_at;
  std::vector<PlannedLeg> legs;  ///< In the order they are driven.

  friend bool operator==(const TourDeparturePublished&, const TourDeparturePublished&) = default;
};

extern const EventType kTourDeparturePublished;

/// The legs of a departure: passengers board in the morning of the first day and are brought home in the evening of the
/// last. Times are Central European; a day trip has the same three legs.
std::vector<PlannedLeg> plan_legs(Date start_date, Date end_date);

/// The event as JSON; `Object` is json::Object. This and the function below are templates because a contract depends on
/// base alone: the fields are written down once, here, and each package brings the JSON library.
template <class Object>
Object to_payload(const TourDeparturePublished& event) {
  Object payload;
  payload["event_id"] = event.event_id.to_string();
  payload["tenant_id"] = event.tenant_id.to_string();
  payload["tour_departure_id"] = event.tour_departure_id.to_string();
  payload["tour_template_id"] = event.tour_template_id.to_string();
  payload["title"] = event.title;
  payload["destination"] = event.destination;
  payload["start_date"] = to_text(event.start_date);
  payload["end_date"] = to_text(event.end_date);
  payload["capacity"] = event.capacity;
  payload["list_price_cents"] = event.list_price_cents;
  payload["currency"] = event.currency;
  payload["published_at"] = to_rfc3339(event.published_at);
  auto& legs = payload["legs"].emplace_array();
  for (const auto& leg : event.legs) {
    Object item;
    item["leg_type"] = leg.leg_type;
    item["scheduled_start"] = to_rfc3339(leg.scheduled_start);
    item["scheduled_end"] = to_rfc3339(leg.scheduled_end);
    legs.push_back(std::move(item));
  }
  return payload;
}

namespace detail {

template <class Reader>
Result<Date> read_date(const Reader& reader, std::string_view field) {
  BUSFLOW_TRY(const std::string text, reader.text(field));
  if (const auto date = parse_date(text)) return *date;
  return fail(ErrorName::kValidationFailed, "field '" + std::string(field) + "': expected a date such as 2026-05-01",
              reader.path() + "." + std::string(field));
}

template <class Reader>
Result<WallTime> read_time(const Reader& reader, std::string_view field) {
  BUSFLOW_TRY(const std::string text, reader.text(field));
  if (const auto time = parse_utc_time(text)) return *time;
  return fail(ErrorName::kValidationFailed,
              "field '" + std::string(field) + "': expected a time such as 2026-05-01T06:30:00Z",
              reader.path() + "." + std::string(field));
}

template <class Reader, class Object>
Result<std::vector<PlannedLeg>> read_legs(const Object& payload) {
  const auto* value = payload.if_contains("legs");
  const auto* items = value == nullptr ? nullptr : value->if_array();
  if (items == nullptr) return fail(ErrorName::kValidationFailed, "missing required field 'legs' (a list)", "$.legs");
  std::vector<PlannedLeg> legs;
  for (const auto& item : *items) {
    BUSFLOW_TRY(const Reader reader, Reader::from(item, "$.legs[" + std::to_string(legs.size()) + "]"));
    PlannedLeg leg;
    BUSFLOW_TRY(leg.leg_type, reader.text("leg_type"));
    BUSFLOW_TRY(leg.scheduled_start, read_time(reader, "scheduled_start"));
    BUSFLOW_TRY(leg.scheduled_end, read_time(reader, "scheduled_end"));
    legs.push_back(std::move(leg));
  }
  return legs;
}

}  // namespace detail

/// Reads what to_payload() wrote; `Reader` is json::Reader. kValidationFailed names the first wrong field. Unknown
/// fields are ignored, so that the payload can grow.
template <class Reader, class Object>
Result<TourDeparturePublished> read_tour_departure_published(const Object& payload) {
  const Reader reader(payload);
  TourDeparturePublished event;
  BUSFLOW_TRY(event.event_id, reader.uuid("event_id"));
  BUSFLOW_TRY(event.tenant_id, reader.uuid("tenant_id"));
  BUSFLOW_TRY(event.tour_departure_id, reader.uuid("tour_departure_id"));
  BUSFLOW_TRY(event.tour_template_id, reader.uuid("tour_template_id"));
  BUSFLOW_TRY(event.title, reader.text("title"));
  BUSFLOW_TRY(event.destination, reader.text("destination"));
  BUSFLOW_TRY(event.start_date, detail::read_date(reader, "start_date"));
  BUSFLOW_TRY(event.end_date, detail::read_date(reader, "end_date"));
  BUSFLOW_TRY(event.capacity, reader.integer("capacity"));
  BUSFLOW_TRY(event.list_price_cents, reader.integer("list_price_cents"));
  BUSFLOW_TRY(event.currency, reader.text("currency"));
  BUSFLOW_TRY(event.published_at, detail::read_time(reader, "published_at"));
  BUSFLOW_TRY(event.legs, detail::read_legs<Reader>(payload));
  return event;
}

}  // namespace busflow::backoffice
