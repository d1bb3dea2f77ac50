#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <platform/postgres/connection.hpp>

#include "backoffice_fixture.hpp"

namespace busflow::backoffice {
namespace {

constexpr std::array<std::string_view, 5> kTables = {"operators", "vehicles", "crew_members", "tour_templates",
                                                     "tour_departures"};

/// The second lock alone: SQL that names no tenant, as a mistake would write it.
class TenancyTest : public BackofficeTest {
 protected:
  TenancyTest() {
    arrange_departure("a", "READY");
    arrange_departure("b", "READY");
  }

  /// Runs `sql` as `options.user` with the role and tenant, in a transaction that is rolled back. Empty role: none is
  /// taken on.
  Result<postgres::Rows> run(const postgres::ConnectionOptions& options, const std::string& role,
                             const std::string& tenant_id, const std::string& sql) {
    BUSFLOW_TRY(const auto connection, postgres::Connection::open(options));
    BUSFLOW_CHECK(connection->run("begin"));
    if (!role.empty()) {
      BUSFLOW_CHECK(connection->run("set local role " + role));
    }
    BUSFLOW_CHECK(connection->run(fmt::format("select set_config('busflow.tenant_id', '{}', true)", tenant_id)));
    return connection->run(sql);
  }

  Result<postgres::Rows> as_backoffice(const std::string& tenant_id, const std::string& sql) {
    return run(database_.service(), "busflow_backoffice", tenant_id, sql);
  }

  /// Whether only rows of tenant "a" are seen, and some.
  void expect_only_own(const Result<postgres::Rows>& rows, std::string_view what) {
    ASSERT_TRUE(rows) << what << ": " << rows.error().detail;
    ASSERT_FALSE(rows->empty()) << what;
    for (std::size_t row = 0; row < rows->size(); ++row) EXPECT_EQ(rows->text(row, 0), tenant("a").to_string()) << what;
  }

  void expect_refused(const Result<postgres::Rows>& rows, std::string_view what) {
    ASSERT_FALSE(rows) << what;
    EXPECT_EQ(rows.error().name, ErrorName::kPermissionDenied) << what << ": " << rows.error().detail;
  }

  static std::string select(std::string_view table) {
    return fmt::format("select {} from backoffice.{}", table == "operators" ? "id" : "tenant_id", table);
  }
};

TEST_F(TenancyTest, AForgottenFilterShowsOnlyTheTenantsRows) {
  for (const auto table : kTables) {
    EXPECT_GE(std::stoi(database_.value(fmt::format("select count(*) from backoffice.{}", table))), 2);
    expect_only_own(as_backoffice(tenant("a").to_string(), select(table)), table);
    expect_only_own(run(database_.graphql(), "", tenant("a").to_string(), select(table)), table);
  }
}

TEST_F(TenancyTest, WithoutATenantThereIsNothing) {
  for (const auto table : kTables) {
    for (const auto& rows : {as_backoffice("", select(table)), run(database_.graphql(), "", "", select(table))}) {
      ASSERT_TRUE(rows) << table << ": " << rows.error().detail;
      EXPECT_TRUE(rows->empty()) << table;
    }
  }
}

TEST_F(TenancyTest, EveryTenantTableIsGuardedAndBindsItsOwner) {
  EXPECT_EQ(database_.value("select coalesce(string_agg(relname, ' '), '') from pg_class"
                            " where relnamespace = 'backoffice'::regnamespace and relkind = 'r'"
                            "   and relname not in ('outbox') and not (relrowsecurity and relforcerowsecurity)"),
            "");
  const auto rows = run(database_.owner(), "", "", select("vehicles"));
  ASSERT_TRUE(rows) << rows.error().detail;
  EXPECT_TRUE(rows->empty());
}

TEST_F(TenancyTest, RowsOfAnotherTenantCannotBeWritten) {
  const auto own = tenant("a").to_string();
  expect_refused(
      as_backoffice(own, fmt::format("insert into backoffice.vehicles (id, tenant_id, name, license_plate, seat_count)"
                                     " values (gen_random_uuid(), '{}', 'Bus', 'X', 10)",
                                     tenant("b").to_string())),
      "insert");
  expect_refused(
      as_backoffice(own, fmt::format("update backoffice.vehicles set tenant_id = '{}'", tenant("b").to_string())),
      "giving away");
  const auto updated = as_backoffice(own, "update backoffice.vehicles set name = 'taken'");
  ASSERT_TRUE(updated) << updated.error().detail;
  EXPECT_EQ(updated->affected(), 2U);
}

TEST_F(TenancyTest, NoDepartureRefersToAnotherTenantsRows) {
  const auto connection = postgres::Connection::open(database_.superuser());  // not bound by row-level security
  ASSERT_TRUE(connection);
  for (const auto& [column, id] : {std::pair{"vehicle_id", coach("b")}, std::pair{"driver_id", driver("b")},
                                   std::pair{"tour_template_id", tour_template("b")}}) {
    const auto result = (*connection)
                            ->run(fmt::format("update backoffice.tour_departures set {} = '{}' where tenant_id = '{}'",
                                              column, id.to_string(), tenant("a").to_string()));
    ASSERT_FALSE(result) << column;
    EXPECT_EQ(result.error().name, ErrorName::kConstraintViolation) << column;
  }
}

TEST_F(TenancyTest, OtherRolesAreKeptOut) {
  const auto own = tenant("a").to_string();
  for (const auto table : kTables) {
    expect_refused(run(database_.service(), "busflow_commerce", own, select(table)), "another context reads");
    expect_refused(run(database_.service(), "", own, select(table)), "the bare service user reads");
    expect_refused(run(database_.graphql(), "", own, fmt::format("delete from backoffice.{}", table)),
                   "the reader deletes");
  }
  expect_refused(run(database_.graphql(), "", own, "select id from backoffice.outbox"), "the reader sees the outbox");
  expect_refused(run(database_.service(), "busflow_commerce", own, "delete from backoffice.outbox"),
                 "another context's outbox");
}

}  // namespace
}  // namespace busflow::backoffice
