#include "storage/departure_storage.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace busflow::backoffice {
namespace {

using postgres::Parameter;
using postgres::Parameters;
using postgres::Rows;
using postgres::Statement;

constexpr Statement kFindTemplate{
    "backoffice.find_template",
    "select id, name, destination, status, duration_days, default_capacity, list_price_cents, currency"
    "  from backoffice.tour_templates where tenant_id = $1 and id = $2"};
constexpr Statement kFindVehicle{
    "backoffice.find_vehicle",
    "select id, name, seat_count, status from backoffice.vehicles where tenant_id = $1 and id = $2 for share"};
constexpr Statement kFindCrewMember{
    "backoffice.find_crew_member",
    "select id, display_name, role, status from backoffice.crew_members where tenant_id = $1 and id = $2"};
constexpr Statement kLockDeparture{
    "backoffice.lock_departure",
    "select id, tenant_id, tour_template_id, start_date, end_date, capacity, status, vehicle_id, driver_id, notes"
    "  from backoffice.tour_departures where tenant_id = $1 and id = $2 for update"};
constexpr Statement kLockReadyDepartures{
    "backoffice.lock_ready_departures",
    "select id, tenant_id, tour_template_id, start_date, end_date, capacity, status, vehicle_id, driver_id, notes"
    "  from backoffice.tour_departures where tenant_id = $1 and vehicle_id = $2 and status = 'READY' order by id"
    "  for update"};
constexpr Statement kInsertDeparture{
    "backoffice.insert_departure",
    "insert into backoffice.tour_departures"
    "  (tenant_id, id, start_date, end_date, capacity, status, vehicle_id, driver_id, notes, tour_template_id)"
    "  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"};
constexpr Statement kUpdateDeparture{
    "backoffice.update_departure",
    "update backoffice.tour_departures"
    "  set start_date = $3, end_date = $4, capacity = $5, status = $6, vehicle_id = $7, driver_id = $8, notes = $9,"
    "      published_at = coalesce($10, published_at)"
    "  where tenant_id = $1 and id = $2"};

// The columns were checked by PostgreSQL: what cannot be read is a fault, not an outcome.

Uuid read_uuid(std::string_view text) {
  const auto id = Uuid::parse(text);
  if (!id) throw std::logic_error("the database returned no UUID: " + std::string(text));
  return *id;
}

std::optional<Uuid> read_optional_uuid(const Rows& rows, std::size_t row, const char* column) {
  const auto text = rows.optional_text(row, column);
  if (!text) return std::nullopt;
  return read_uuid(*text);
}

Date read_date(std::string_view text) {
  const auto date = parse_date(text);
  if (!date) throw std::logic_error("the database returned no ISO date: " + std::string(text));
  return *date;
}

std::int64_t read_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::logic_error("the database returned no integer: " + std::string(text));
  }
  return value;
}

DepartureStatus read_status(std::string_view text) {
  const auto status = parse_departure_status(text);
  if (!status) throw std::logic_error("the database returned an unknown departure status: " + std::string(text));
  return *status;
}

Parameter to_parameter(const std::optional<Uuid>& id) {
  if (!id) return std::nullopt;
  return id->to_string();
}

Departure read_departure(const Rows& rows, std::size_t row) {
  Departure departure{
      .id = read_uuid(rows.text(row, "id")),
      .tenant_id = read_uuid(rows.text(row, "tenant_id")),
      .tour_template_id = read_uuid(rows.text(row, "tour_template_id")),
      .start_date = read_date(rows.text(row, "start_date")),
      .end_date = read_date(rows.text(row, "end_date")),
      .capacity = read_integer(rows.text(row, "capacity")),
      .status = read_status(rows.text(row, "status")),
      .vehicle_id = read_optional_uuid(rows, row, "vehicle_id"),
      .driver_id = read_optional_uuid(rows, row, "driver_id"),
      .notes = {},
  };
  if (const auto notes = rows.optional_text(row, "notes")) departure.notes = std::string(*notes);
  return departure;
}

/// $1 to $9, which inserting and updating have in common.
Parameters departure_parameters(const std::string& tenant_id, const Departure& departure) {
  return {tenant_id,
          departure.id.to_string(),
          to_text(departure.start_date),
          to_text(departure.end_date),
          std::to_string(departure.capacity),
          std::string(to_text(departure.status)),
          to_parameter(departure.vehicle_id),
          to_parameter(departure.driver_id),
          departure.notes};
}

}  // namespace

Result<std::optional<TourTemplate>> DepartureStorage::find_template(const Uuid& id) {
  BUSFLOW_TRY(const Rows rows, transaction_.execute(kFindTemplate, {tenant_id_, id.to_string()}));
  if (rows.empty()) return std::nullopt;
  return TourTemplate{
      .id = read_uuid(rows.text(0, "id")),
      .name = std::string(rows.text(0, "name")),
      .destination = std::string(rows.text(0, "destination")),
      .status = std::string(rows.text(0, "status")),
      .duration_days = static_cast<int>(read_integer(rows.text(0, "duration_days"))),
      .default_capacity = read_integer(rows.text(0, "default_capacity")),
      .list_price_cents = read_integer(rows.text(0, "list_price_cents")),
      .currency = std::string(rows.text(0, "currency")),
  };
}

Result<std::optional<Vehicle>> DepartureStorage::find_vehicle(const Uuid& id) {
  BUSFLOW_TRY(const Rows rows, transaction_.execute(kFindVehicle, {tenant_id_, id.to_string()}));
  if (rows.empty()) return std::nullopt;
  return Vehicle{
      .id = read_uuid(rows.text(0, "id")),
      .name = std::string(rows.text(0, "name")),
      .seat_count = read_integer(rows.text(0, "seat_count")),
      .status = std::string(rows.text(0, "status")),
  };
}

Result<std::optional<CrewMember>> DepartureStorage::find_crew_member(const Uuid& id) {
  BUSFLOW_TRY(const Rows rows, transaction_.execute(kFindCrewMember, {tenant_id_, id.to_string()}));
  if (rows.empty()) return std::nullopt;
  return CrewMember{
      .id = read_uuid(rows.text(0, "id")),
      .display_name = std::string(rows.text(0, "display_name")),
      .role = std::string(rows.text(0, "role")),
      .status = std::string(rows.text(0, "status")),
  };
}

Result<std::optional<Departure>> DepartureStorage::lock_departure(const Uuid& id) {
  BUSFLOW_TRY(const Rows rows, transaction_.execute(kLockDeparture, {tenant_id_, id.to_string()}));
  if (rows.empty()) return std::nullopt;
  return read_departure(rows, 0);
}

Result<std::vector<Departure>> DepartureStorage::lock_ready_departures(const Uuid& vehicle_id) {
  BUSFLOW_TRY(const Rows rows, transaction_.execute(kLockReadyDepartures, {tenant_id_, vehicle_id.to_string()}));
  std::vector<Departure> departures;
  for (std::size_t row = 0; row < rows.size(); ++row) departures.push_back(read_departure(rows, row));
  return departures;
}

Result<void> DepartureStorage::insert(const Departure& departure) {
  Parameters parameters = departure_parameters(tenant_id_, departure);
  parameters.emplace_back(departure.tour_template_id.to_string());
  BUSFLOW_TRY(const Rows rows, transaction_.execute(kInsertDeparture, parameters));
  (void)rows;
  return {};
}

Result<void> DepartureStorage::update(const Departure& departure, std::optional<WallTime> published_at) {
  Parameters parameters = departure_parameters(tenant_id_, departure);
  parameters.push_back(published_at ? Parameter(to_rfc3339(*published_at)) : std::nullopt);
  BUSFLOW_TRY(const Rows rows, transaction_.execute(kUpdateDeparture, parameters));
  if (rows.affected() != 1) throw std::logic_error("a locked departure was not updated");
  return {};
}

}  // namespace busflow::backoffice
