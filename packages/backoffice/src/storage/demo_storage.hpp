#pragma once

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

#include <backoffice/demo_data.hpp>

namespace busflow::backoffice {

/// Rows of the demo under their fixed ids. What is there already stays as it is.
class DemoStorage {
 public:
  DemoStorage(postgres::Transaction& transaction, const DemoOperator& demo_operator)
      : transaction_(transaction), operator_(demo_operator), tenant_id_(demo_operator.id.to_string()) {}

  /// The operator, its vehicles, crew members and tour templates.
  Result<void> insert_master_data();
  /// True when the departure was not there yet. A PUBLISHED one gets `published_at`.
  Result<bool> insert_departure(const DemoDeparture& departure, WallTime published_at);

 private:
  Result<void> insert_operator();
  Result<void> insert_vehicles();
  Result<void> insert_crew_members();
  Result<void> insert_tour_templates();

  postgres::Transaction& transaction_;
  const DemoOperator& operator_;
  std::string tenant_id_;
};

}  // namespace busflow::backoffice
