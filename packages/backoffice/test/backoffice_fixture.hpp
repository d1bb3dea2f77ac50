#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <platform/base/clock.hpp>
#include <platform/base/context.hpp>
#include <platform/base/identifier.hpp>
#include <platform/postgres/migration.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/postgres_testkit/test_database.hpp>

#include <backoffice/dates.hpp>
#include <backoffice/module.hpp>

namespace busflow::backoffice {

/// A database with two operators, "a" and "b", each with a coach of 49 and one of 30 seats, a driver and a template (4
/// days, 45 seats).
class BackofficeTest : public testing::Test {
 protected:
  BackofficeTest();

  Context as(std::string role, const Uuid& tenant_id);
  Context dispatcher() { return as("dispatcher", tenant("a")); }

  static Uuid tenant(const std::string& key) { return name_based_identifier("tenant/" + key); }
  static Uuid coach(const std::string& key) { return name_based_identifier("coach/" + key); }
  static Uuid small_coach(const std::string& key) { return name_based_identifier("small coach/" + key); }
  static Uuid driver(const std::string& key) { return name_based_identifier("driver/" + key); }
  static Uuid tour_template(const std::string& key) { return name_based_identifier("template/" + key); }

  /// A departure in the given status, arranged behind the use cases' back.
  Uuid arrange_departure(const std::string& key, const std::string& status, bool with_vehicle = true);
  std::string column(const Uuid& departure_id, const std::string& column) const;
  std::string events() const { return database_.value("select count(*) from backoffice.outbox"); }

  /// Of the context under test, and of another one, whose role must be kept out.
  static std::vector<postgres::MigrationSet> migration_sets();

  testkit::TestDatabase database_;
  postgres::Pool pool_;
  ManualClock clock_{parse_utc_time("2026-11-24T12:00:00Z").value()};
  RandomIdentifierSource identifiers_;
};

}  // namespace busflow::backoffice
