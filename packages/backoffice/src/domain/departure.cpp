#include "domain/departure.hpp"

#include <utility>

#include <fmt/format.h>

namespace busflow::backoffice {
namespace {

constexpr std::int64_t kLargestCapacity = 120;
constexpr int kLongestTourDays = 60;
constexpr std::size_t kLongestNotes = 4000;

/// `$.input` is where both actions that carry these values have them.
Result<void> check_values(const Departure& departure) {
  if (departure.end_date < departure.start_date) {
    return fail(ErrorName::kValidationFailed,
                fmt::format("field 'end_date': {} is before the start on {}", to_text(departure.end_date),
                            to_text(departure.start_date)),
                "$.input.end_date");
  }
  if (length_in_days(departure.start_date, departure.end_date) > kLongestTourDays) {
    return fail(ErrorName::kValidationFailed,
                fmt::format("field 'end_date': a departure lasts at most {} days", kLongestTourDays),
                "$.input.end_date");
  }
  if (departure.capacity < 1 || departure.capacity > kLargestCapacity) {
    return fail(ErrorName::kValidationFailed,
                fmt::format("field 'capacity': expected 1 to {}, found {}", kLargestCapacity, departure.capacity),
                "$.input.capacity");
  }
  if (departure.notes && departure.notes->size() > kLongestNotes) {
    return fail(ErrorName::kValidationFailed, fmt::format("field 'notes': longer than {} bytes", kLongestNotes),
                "$.input.notes");
  }
  return {};
}

}  // namespace

Result<Departure> plan_departure(const Uuid& id, const Uuid& tenant_id, const TourTemplate& tour_template,
                                 const NewDeparture& wanted) {
  if (tour_template.status != "ACTIVE") {
    return fail(ErrorName::kStateConflict, fmt::format("tour template '{}' is {}: departures need an ACTIVE one",
                                                       tour_template.name, tour_template.status));
  }
  Departure departure{
      .id = id,
      .tenant_id = tenant_id,
      .tour_template_id = tour_template.id,
      .start_date = wanted.start_date,
      .end_date = wanted.end_date.value_or(add_days(wanted.start_date, tour_template.duration_days - 1)),
      .capacity = wanted.capacity.value_or(tour_template.default_capacity),
      .status = DepartureStatus::kDraft,
      .vehicle_id = wanted.vehicle_id,
      .driver_id = wanted.driver_id,
      .notes = wanted.notes,
  };
  BUSFLOW_CHECK(check_values(departure));
  return departure;
}

Result<Departure> change_departure(Departure departure, const DepartureChange& change) {
  BUSFLOW_TRY(departure.status, after(DepartureStep::kUpdate, departure.status));
  if (change.start_date) {
    const int length = length_in_days(departure.start_date, departure.end_date);
    departure.start_date = *change.start_date;
    departure.end_date = add_days(*change.start_date, length - 1);
  }
  if (change.end_date) departure.end_date = *change.end_date;
  if (change.capacity) departure.capacity = *change.capacity;
  if (change.vehicle_id) departure.vehicle_id = *change.vehicle_id;
  if (change.driver_id) departure.driver_id = *change.driver_id;
  if (change.notes) departure.notes = *change.notes;
  BUSFLOW_CHECK(check_values(departure));
  return departure;
}

Result<void> check_vehicle(const Departure& departure, const std::optional<Vehicle>& vehicle, DepartureStep step) {
  const auto refuse = [&](const std::string& reason) {
    return fail(ErrorName::kStateConflict, fmt::format("{} is not possible: the departure is {}, {}", to_text(step),
                                                       to_text(departure.status), reason));
  };
  if (!vehicle) return refuse("and READY or PUBLISHED departures need a vehicle");
  if (vehicle->status != "ACTIVE") {
    return refuse(fmt::format("and its vehicle '{}' is {}, not ACTIVE", vehicle->name, vehicle->status));
  }
  if (departure.capacity > vehicle->seat_count) {
    return refuse(fmt::format("and its capacity of {} exceeds the {} seats of '{}'", departure.capacity,
                              vehicle->seat_count, vehicle->name));
  }
  return {};
}

std::optional<Departure> reopen_departure(const Departure& departure, const std::optional<Vehicle>& vehicle) {
  if (departure.status != DepartureStatus::kReady || check_vehicle(departure, vehicle, DepartureStep::kMarkReady))
    return std::nullopt;
  Departure reopened = departure;
  reopened.status = DepartureStatus::kDraft;
  return reopened;
}

Result<void> check_driver(const CrewMember& driver) {
  if (driver.role == "DRIVER" && driver.status == "ACTIVE") return {};
  return fail(ErrorName::kValidationFailed,
              fmt::format("field 'driver_id': '{}' is {} and {}, expected an ACTIVE DRIVER", driver.display_name,
                          driver.role, driver.status),
              "$.input.driver_id");
}

TourDeparturePublished published_event(const Uuid& event_id, const Departure& departure,
                                       const TourTemplate& tour_template, WallTime published_at) {
  return {
      .event_id = event_id,
      .tenant_id = departure.tenant_id,
      .tour_departure_id = departure.id,
      .tour_template_id = departure.tour_template_id,
      .title = tour_template.name,
      .destination = tour_template.destination,
      .start_date = departure.start_date,
      .end_date = departure.end_date,
      .capacity = departure.capacity,
      .list_price_cents = tour_template.list_price_cents,
      .currency = tour_template.currency,
      .published_at = published_at,
      .legs = plan_legs(departure.start_date, departure.end_date),
  };
}

}  // namespace busflow::backoffice
