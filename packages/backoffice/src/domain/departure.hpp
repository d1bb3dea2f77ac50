#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>

#include <backoffice/dates.hpp>
#include <backoffice/tour_departure_published.hpp>

#include "domain/departure_status.hpp"

namespace busflow::backoffice {

struct Vehicle {
  Uuid id;
  std::string name;
  std::int64_t seat_count = 0;
  std::string status;  ///< ACTIVE, MAINTENANCE, RETIRED
};

struct CrewMember {
  Uuid id;
  std::string display_name;
  std::string role;    ///< DRIVER, GUIDE
  std::string status;  ///< ACTIVE, ON_LEAVE, INACTIVE
};

struct TourTemplate {
  Uuid id;
  std::string name;
  std::string destination;
  std::string status;  ///< DRAFT, ACTIVE, ARCHIVED
  int duration_days = 1;
  std::int64_t default_capacity = 0;
  std::int64_t list_price_cents = 0;
  std::string currency;
};

struct Departure {
  Uuid id;
  Uuid tenant_id;
  Uuid tour_template_id;
  Date start_date;
  Date end_date;
  std::int64_t capacity = 0;
  DepartureStatus status = DepartureStatus::kDraft;
  std::optional<Uuid> vehicle_id;
  std::optional<Uuid> driver_id;
  std::optional<std::string> notes;
};

/// What a dispatcher asks for; absent means the template's default.
struct NewDeparture {
  Uuid tour_template_id;
  Date start_date;
  std::optional<Date> end_date;
  std::optional<std::int64_t> capacity;
  std::optional<Uuid> vehicle_id;
  std::optional<Uuid> driver_id;
  std::optional<std::string> notes;
};

/// Absent: leave as it is. In the doubly optional fields the inner nothing means: empty it.
struct DepartureChange {
  Uuid id;
  std::optional<Date> start_date;
  std::optional<Date> end_date;
  std::optional<std::int64_t> capacity;
  std::optional<std::optional<Uuid>> vehicle_id;
  std::optional<std::optional<Uuid>> driver_id;
  std::optional<std::optional<std::string>> notes;
};

/// A DRAFT departure of the template. kStateConflict when the template is not ACTIVE, kValidationFailed for dates or
/// capacity.
Result<Departure> plan_departure(const Uuid& id, const Uuid& tenant_id, const TourTemplate& tour_template,
                                 const NewDeparture& wanted);

/// The departure after the change. A new start without a new end moves the whole departure. kStateConflict unless DRAFT
/// or READY.
Result<Departure> change_departure(Departure departure, const DepartureChange& change);

/// What READY and PUBLISHED require: an active vehicle with enough seats. `step` is what was being tried, for the
/// message.
Result<void> check_vehicle(const Departure& departure, const std::optional<Vehicle>& vehicle, DepartureStep step);

/// The departure as DRAFT when it is READY and the vehicle cannot take it any more: somebody has to plan it again.
/// Otherwise nothing.
std::optional<Departure> reopen_departure(const Departure& departure, const std::optional<Vehicle>& vehicle);

/// Only active crew members who drive may be planned as driver.
Result<void> check_driver(const CrewMember& driver);

TourDeparturePublished published_event(const Uuid& event_id, const Departure& departure,
                                       const TourTemplate& tour_template, WallTime published_at);

}  // namespace busflow::backoffice
