#pragma once

#include <optional>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

#include "domain/departure.hpp"

namespace busflow::backoffice {

/// The rows of one tenant that planning a departure needs, within one transaction. Every statement names the tenant;
/// row-level security guards the same rows a second time.
class DepartureStorage {
 public:
  DepartureStorage(postgres::Transaction& transaction, const Uuid& tenant_id)
      : transaction_(transaction), tenant_id_(tenant_id.to_string()) {}

  Result<std::optional<TourTemplate>> find_template(const Uuid& id);
  /// Locked against changes until the end of the transaction, so that a check of its seats stays true.
  Result<std::optional<Vehicle>> find_vehicle(const Uuid& id);
  Result<std::optional<CrewMember>> find_crew_member(const Uuid& id);
  /// Waits for other transactions that hold the row.
  Result<std::optional<Departure>> lock_departure(const Uuid& id);
  /// The same for all that are READY and planned with the vehicle.
  Result<std::vector<Departure>> lock_ready_departures(const Uuid& vehicle_id);

  Result<void> insert(const Departure& departure);
  /// `published_at` nothing: keep what is there.
  Result<void> update(const Departure& departure, std::optional<WallTime> published_at = {});

 private:
  postgres::Transaction& transaction_;
  std::string tenant_id_;
};

}  // namespace busflow::backoffice
