#include "usecases/departures.hpp"

#include <utility>

#include <fmt/format.h>

#include <platform/json/json.hpp>
#include <platform/outbox/outbox.hpp>

#include "published_event.hpp"
#include "storage/departure_storage.hpp"

namespace busflow::backoffice {
namespace {

const postgres::TransactionOptions kTransaction{.database_role = "busflow_backoffice"};

/// The tenant to act for. The GraphQL metadata names the same roles; this holds for every other way in, too.
Result<Uuid> authorize(const Context& context, std::string_view action) {
  const std::string& role = context.session.role();
  if (role != "manager" && role != "dispatcher") {
    return fail(ErrorName::kPermissionDenied,
                fmt::format("role '{}' may not {}: managers and dispatchers may", role, action));
  }
  const std::string_view tenant = context.session.tenant_id();
  if (tenant.empty())
    return fail(ErrorName::kMissingSessionVariable, "missing session variable: \"x-hasura-tenant-id\"");
  const auto id = Uuid::parse(tenant);
  if (!id) return fail(ErrorName::kInvalidClaims, "session variable \"x-hasura-tenant-id\": expected a UUID");
  return *id;
}

Result<Departure> lock(DepartureStorage& storage, const Uuid& id) {
  BUSFLOW_TRY(auto departure, storage.lock_departure(id));
  if (!departure) return fail(ErrorName::kNotFound, fmt::format("there is no departure {}", id.to_string()));
  return *std::move(departure);
}

Result<std::optional<Vehicle>> vehicle_of(DepartureStorage& storage, const Departure& departure) {
  if (!departure.vehicle_id) return std::nullopt;
  return storage.find_vehicle(*departure.vehicle_id);
}

/// A vehicle or driver that was just chosen must be the tenant's.
Result<void> check_choices(DepartureStorage& storage, const std::optional<Uuid>& vehicle_id,
                           const std::optional<Uuid>& driver_id) {
  if (vehicle_id) {
    BUSFLOW_TRY(const auto vehicle, storage.find_vehicle(*vehicle_id));
    if (!vehicle) {
      return fail(ErrorName::kValidationFailed,
                  fmt::format("field 'vehicle_id': there is no vehicle {}", vehicle_id->to_string()),
                  "$.input.vehicle_id");
    }
  }
  if (driver_id) {
    BUSFLOW_TRY(const auto driver, storage.find_crew_member(*driver_id));
    if (!driver) {
      return fail(ErrorName::kValidationFailed,
                  fmt::format("field 'driver_id': there is no crew member {}", driver_id->to_string()),
                  "$.input.driver_id");
    }
    BUSFLOW_CHECK(check_driver(*driver));
  }
  return {};
}

Result<Departure> create_in(postgres::Transaction& transaction, const Uuid& id, const Uuid& tenant_id,
                            const NewDeparture& wanted) {
  DepartureStorage storage(transaction, tenant_id);
  BUSFLOW_TRY(const auto tour_template, storage.find_template(wanted.tour_template_id));
  if (!tour_template) {
    return fail(
        ErrorName::kValidationFailed,
        fmt::format("field 'tour_template_id': there is no tour template {}", wanted.tour_template_id.to_string()),
        "$.input.tour_template_id");
  }
  BUSFLOW_TRY(Departure departure, plan_departure(id, tenant_id, *tour_template, wanted));
  BUSFLOW_CHECK(check_choices(storage, departure.vehicle_id, departure.driver_id));
  BUSFLOW_CHECK(storage.insert(departure));
  return departure;
}

Result<Departure> update_in(postgres::Transaction& transaction, const Uuid& tenant_id, const DepartureChange& change) {
  DepartureStorage storage(transaction, tenant_id);
  BUSFLOW_TRY(auto before, lock(storage, change.id));
  BUSFLOW_TRY(Departure departure, change_departure(std::move(before), change));
  BUSFLOW_CHECK(
      check_choices(storage, change.vehicle_id.value_or(std::nullopt), change.driver_id.value_or(std::nullopt)));
  if (departure.status == DepartureStatus::kReady) {
    BUSFLOW_TRY(const auto vehicle, vehicle_of(storage, departure));
    BUSFLOW_CHECK(check_vehicle(departure, vehicle, DepartureStep::kUpdate));
  }
  BUSFLOW_CHECK(storage.update(departure));
  return departure;
}

Result<Departure> mark_ready_in(postgres::Transaction& transaction, const Uuid& tenant_id, const Uuid& id) {
  DepartureStorage storage(transaction, tenant_id);
  BUSFLOW_TRY(Departure departure, lock(storage, id));
  BUSFLOW_TRY(const auto status, after(DepartureStep::kMarkReady, departure.status));
  BUSFLOW_TRY(const auto vehicle, vehicle_of(storage, departure));
  BUSFLOW_CHECK(check_vehicle(departure, vehicle, DepartureStep::kMarkReady));
  departure.status = status;
  BUSFLOW_CHECK(storage.update(departure));
  return departure;
}

Result<Departure> publish_in(Context& context, postgres::Transaction& transaction, const Uuid& tenant_id,
                             const Uuid& id) {
  DepartureStorage storage(transaction, tenant_id);
  BUSFLOW_TRY(Departure departure, lock(storage, id));
  BUSFLOW_TRY(const auto status, after(DepartureStep::kPublish, departure.status));
  BUSFLOW_TRY(const auto vehicle, vehicle_of(storage, departure));
  BUSFLOW_CHECK(check_vehicle(departure, vehicle, DepartureStep::kPublish));
  BUSFLOW_TRY(const auto tour_template, storage.find_template(departure.tour_template_id));
  if (!tour_template) return fail(ErrorName::kInternal, "the departure's tour template is gone");

  const WallTime published_at = context.clock.now();
  departure.status = status;
  BUSFLOW_CHECK(storage.update(departure, published_at));
  const auto event = published_event(context.identifiers.next(), departure, *tour_template, published_at);
  BUSFLOW_CHECK(outbox::publish(context, transaction, kTourDeparturePublished, to_outbox_event(context, event)));
  return departure;
}

Result<Departure> cancel_in(postgres::Transaction& transaction, const Uuid& tenant_id, const Uuid& id) {
  DepartureStorage storage(transaction, tenant_id);
  BUSFLOW_TRY(Departure departure, lock(storage, id));
  BUSFLOW_TRY(departure.status, after(DepartureStep::kCancel, departure.status));
  BUSFLOW_CHECK(storage.update(departure));
  return departure;
}

}  // namespace

Result<Departure> create_departure(Context& context, postgres::Pool& pool, const NewDeparture& wanted) {
  BUSFLOW_TRY(const Uuid tenant_id, authorize(context, "create departures"));
  const Uuid id = context.identifiers.next();
  return pool.transact(context, kTransaction, [&](postgres::Transaction& transaction) {
    return create_in(transaction, id, tenant_id, wanted);
  });
}

Result<Departure> update_departure(Context& context, postgres::Pool& pool, const DepartureChange& change) {
  BUSFLOW_TRY(const Uuid tenant_id, authorize(context, "change departures"));
  return pool.transact(context, kTransaction,
                       [&](postgres::Transaction& transaction) { return update_in(transaction, tenant_id, change); });
}

Result<Departure> mark_departure_ready(Context& context, postgres::Pool& pool, const Uuid& id) {
  BUSFLOW_TRY(const Uuid tenant_id, authorize(context, "mark departures as ready"));
  return pool.transact(context, kTransaction,
                       [&](postgres::Transaction& transaction) { return mark_ready_in(transaction, tenant_id, id); });
}

Result<Departure> publish_departure(Context& context, postgres::Pool& pool, const Uuid& id) {
  BUSFLOW_TRY(const Uuid tenant_id, authorize(context, "publish departures"));
  return pool.transact(context, kTransaction, [&](postgres::Transaction& transaction) {
    return publish_in(context, transaction, tenant_id, id);
  });
}

Result<Departure> cancel_departure(Context& context, postgres::Pool& pool, const Uuid& id) {
  BUSFLOW_TRY(const Uuid tenant_id, authorize(context, "cancel departures"));
  return pool.transact(context, kTransaction,
                       [&](postgres::Transaction& transaction) { return cancel_in(transaction, tenant_id, id); });
}

}  // namespace busflow::backoffice
