#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>

#include <backoffice/dates.hpp>
#include <backoffice/tour_departure_published.hpp>

/// The demo operators, shared so that every package's demo rows fit together. The same ids at all times; only dates
/// follow `today`.
namespace busflow::backoffice {

struct DemoVehicle {
  Uuid id;
  std::string name;
  std::string license_plate;
  int seat_count = 0;
};

struct DemoCrewMember {
  Uuid id;
  std::string display_name;
  std::string role;
};

struct DemoTourTemplate {
  Uuid id;
  std::string name;
  std::string destination;
  std::string description;
  int duration_days = 1;
  int default_capacity = 0;
  std::int64_t list_price_cents = 0;
};

struct DemoDeparture {
  Uuid id;
  DemoTourTemplate tour_template;
  Date start_date;
  Date end_date;
  int capacity = 0;
  std::string status;
  std::optional<Uuid> vehicle_id;
  std::optional<Uuid> driver_id;
  std::optional<std::string> notes;
};

struct DemoOperator {
  Uuid id;
  std::string name;
  std::string city;
  std::vector<DemoVehicle> vehicles;
  std::vector<DemoCrewMember> crew_members;
  std::vector<DemoTourTemplate> tour_templates;
  std::vector<DemoDeparture> departures;
};

std::vector<DemoOperator> demo_operators(Date today);

/// The event by which a departure of the demo, if it is PUBLISHED, went on sale. Its id is derived from the
/// departure's.
TourDeparturePublished demo_event(const DemoOperator& demo_operator, const DemoDeparture& departure,
                                  WallTime published_at);
/// All such events. The packages that react to them seed their rows from here, through their handlers' use cases, and
/// claim the event ids, so that the outbox relay finds the work done.
std::vector<TourDeparturePublished> demo_events(WallTime now);

/// Ids for demo rows made by a use case: derived from `name` and a running number. Not thread-safe.
class DemoIdentifierSource final : public IdentifierSource {
 public:
  explicit DemoIdentifierSource(std::string name) : name_(std::move(name)) {}
  Uuid next() override { return name_based_identifier(name_ + "/" + std::to_string(++count_)); }

 private:
  std::string name_;
  int count_ = 0;
};

}  // namespace busflow::backoffice
