#include "storage/demo_storage.hpp"

#include <optional>
#include <string>

namespace busflow::backoffice {
namespace {

using postgres::Parameter;
using postgres::Statement;

constexpr Statement kInsertOperator{"backoffice.demo_operator",
                                    "insert into backoffice.operators (id, name, legal_name, city, country, status)"
                                    "  values ($1, $2, $2, $3, 'DE', 'ACTIVE') on conflict (id) do nothing"};
constexpr Statement kInsertVehicle{"backoffice.demo_vehicle",
                                   "insert into backoffice.vehicles (id, tenant_id, name, license_plate, seat_count)"
                                   "  values ($1, $2, $3, $4, $5) on conflict (id) do nothing"};
constexpr Statement kInsertCrewMember{"backoffice.demo_crew_member",
                                      "insert into backoffice.crew_members (id, tenant_id, display_name, role)"
                                      "  values ($1, $2, $3, $4) on conflict (id) do nothing"};
constexpr Statement kInsertTourTemplate{
    "backoffice.demo_tour_template",
    "insert into backoffice.tour_templates"
    "  (id, tenant_id, name, destination, description, duration_days, default_capacity, list_price_cents, status)"
    "  values ($1, $2, $3, $4, $5, $6, $7, $8, 'ACTIVE') on conflict (id) do nothing"};
constexpr Statement kInsertDeparture{
    "backoffice.demo_departure",
    "insert into backoffice.tour_departures"
    "  (id, tenant_id, tour_template_id, start_date, end_date, capacity, status, vehicle_id, driver_id, notes, "
    "published_at)"
    "  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing"};

Parameter to_parameter(const std::optional<Uuid>& id) {
  if (!id) return std::nullopt;
  return id->to_string();
}

}  // namespace

Result<void> DemoStorage::insert_master_data() {
  BUSFLOW_CHECK(insert_operator());
  BUSFLOW_CHECK(insert_vehicles());
  BUSFLOW_CHECK(insert_crew_members());
  return insert_tour_templates();
}

Result<void> DemoStorage::insert_operator() {
  BUSFLOW_CHECK(transaction_.execute(kInsertOperator, {tenant_id_, operator_.name, operator_.city}));
  return {};
}

Result<void> DemoStorage::insert_vehicles() {
  for (const auto& vehicle : operator_.vehicles) {
    BUSFLOW_CHECK(transaction_.execute(kInsertVehicle, {vehicle.id.to_string(), tenant_id_, vehicle.name,
                                                        vehicle.license_plate, std::to_string(vehicle.seat_count)}));
  }
  return {};
}

Result<void> DemoStorage::insert_crew_members() {
  for (const auto& member : operator_.crew_members) {
    BUSFLOW_CHECK(
        transaction_.execute(kInsertCrewMember, {member.id.to_string(), tenant_id_, member.display_name, member.role}));
  }
  return {};
}

Result<void> DemoStorage::insert_tour_templates() {
  for (const auto& tour : operator_.tour_templates) {
    BUSFLOW_CHECK(transaction_.execute(kInsertTourTemplate,
                                       {tour.id.to_string(), tenant_id_, tour.name, tour.destination, tour.description,
                                        std::to_string(tour.duration_days), std::to_string(tour.default_capacity),
                                        std::to_string(tour.list_price_cents)}));
  }
  return {};
}

Result<bool> DemoStorage::insert_departure(const DemoDeparture& departure, WallTime published_at) {
  const bool published = departure.status == "PUBLISHED";
  BUSFLOW_TRY(const auto rows,
              transaction_.execute(
                  kInsertDeparture,
                  {departure.id.to_string(), tenant_id_, departure.tour_template.id.to_string(),
                   to_text(departure.start_date), to_text(departure.end_date), std::to_string(departure.capacity),
                   departure.status, to_parameter(departure.vehicle_id), to_parameter(departure.driver_id),
                   departure.notes, published ? Parameter(to_rfc3339(published_at)) : std::nullopt}));
  return rows.affected() == 1;
}

}  // namespace busflow::backoffice
