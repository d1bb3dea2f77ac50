#include "backoffice_fixture.hpp"

#include <utility>

#include <fmt/format.h>

#include <platform/base/session.hpp>

namespace busflow::backoffice {
namespace {

std::span<const EmbeddedFile> migrations() {
  // The module only keeps the reference; nothing connects.
  static postgres::Pool unused{postgres::PoolOptions{}};
  return make_module({.pool = unused}).migrations;
}

}  // namespace

std::vector<postgres::MigrationSet> BackofficeTest::migration_sets() {
  return {{.context = "backoffice", .files = migrations()}, {.context = "commerce", .files = {}}};
}

BackofficeTest::BackofficeTest() : database_(migration_sets()), pool_({.connection = database_.service()}) {
  for (const std::string key : {"a", "b"}) {
    const auto tenant_id = tenant(key).to_string();
    database_.run(
        fmt::format("insert into backoffice.operators (id, name, legal_name, city, country)"
                    " values ('{}', 'Operator {}', 'Operator {}', 'Berlin', 'DE')",
                    tenant_id, key, key));
    database_.run(
        fmt::format("insert into backoffice.vehicles (id, tenant_id, name, license_plate, seat_count)"
                    " values ('{0}', '{1}', 'Bus 49', 'B-A 49', 49), ('{2}', '{1}', 'Bus 30', 'B-A 30', 30)",
                    coach(key).to_string(), tenant_id, small_coach(key).to_string()));
    database_.run(
        fmt::format("insert into backoffice.crew_members (id, tenant_id, display_name, role)"
                    " values ('{}', '{}', 'Fahrer 1', 'DRIVER')",
                    driver(key).to_string(), tenant_id));
    database_.run(
        fmt::format("insert into backoffice.tour_templates"
                    " (id, tenant_id, name, destination, duration_days, default_capacity, list_price_cents, status)"
                    " values ('{}', '{}', 'Prag', 'Prag, Tschechien', 4, 45, 39900, 'ACTIVE')",
                    tour_template(key).to_string(), tenant_id));
  }
}

Context BackofficeTest::as(std::string role, const Uuid& tenant_id) {
  return Context{.clock = clock_,
                 .identifiers = identifiers_,
                 .session = Session(std::move(role), {{"x-hasura-tenant-id", tenant_id.to_string()}}),
                 .trace = TraceContext::start()};
}

Uuid BackofficeTest::arrange_departure(const std::string& key, const std::string& status, bool with_vehicle) {
  const Uuid id = identifiers_.next();
  const std::string vehicle = with_vehicle ? "'" + coach(key).to_string() + "'" : "null";
  database_.run(
      fmt::format("insert into backoffice.tour_departures"
                  " (id, tenant_id, tour_template_id, start_date, end_date, capacity, status, vehicle_id, published_at)"
                  " values ('{}', '{}', '{}', '2027-05-01', '2027-05-04', 45, '{}', {}, {})",
                  id.to_string(), tenant(key).to_string(), tour_template(key).to_string(), status, vehicle,
                  status == "PUBLISHED" ? "now()" : "null"));
  return id;
}

std::string BackofficeTest::column(const Uuid& departure_id, const std::string& column) const {
  return database_.value(fmt::format("select ({})::text from backoffice.tour_departures where id = '{}'", column,
                                     departure_id.to_string()));
}

}  // namespace busflow::backoffice
