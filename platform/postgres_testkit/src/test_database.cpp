#include <platform/postgres_testkit/test_database.hpp>

#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include <platform/postgres_testkit/test_cluster.hpp>

namespace busflow::testkit {
namespace {

postgres::Rows run_in(const std::string& database, const std::string& sql) {
  auto connection = postgres::Connection::open(TestCluster::instance().options("postgres", database));
  if (!connection) throw std::runtime_error(connection.error().detail);
  auto rows = (*connection)->run(sql);
  if (!rows) throw std::runtime_error(fmt::format("{}: {}", sql, rows.error().detail));
  return std::move(*rows);
}

std::string make_template(std::span<const postgres::MigrationSet> sets) {
  const auto name = fmt::format("template_{}", TestCluster::instance().next_number());
  run_in(
      "postgres",
      "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'busflow_owner') THEN "
      "CREATE ROLE busflow_owner LOGIN CREATEROLE; CREATE ROLE busflow_change_feed LOGIN REPLICATION; END IF; END $$");
  run_in("postgres", fmt::format("CREATE DATABASE {} OWNER busflow_owner", name));
  const auto applied = postgres::migrate(TestCluster::instance().options("busflow_owner", name), sets);
  if (!applied) throw std::runtime_error(applied.error().detail);
  return name;
}

/// Migrations are constants in the program, so their addresses tell sets apart.
const std::string& template_for(std::span<const postgres::MigrationSet> sets) {
  static std::map<std::string, std::string> templates;
  std::string key;
  for (const auto& set : sets) key += fmt::format("{}:{};", set.context, static_cast<const void*>(set.files.data()));
  auto& name = templates[key];
  if (name.empty()) name = make_template(sets);
  return name;
}

}  // namespace

TestDatabase::TestDatabase(std::span<const postgres::MigrationSet> sets)
    : name_(fmt::format("test_{}", TestCluster::instance().next_number())) {
  run_in("postgres", fmt::format("CREATE DATABASE {} OWNER busflow_owner TEMPLATE {}", name_, template_for(sets)));
}

TestDatabase::~TestDatabase() {
  // A failing clean-up must not hide the test's own failure.
  try {
    // A slot whose client has just gone would refuse it.
    run_in("postgres", fmt::format("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE "
                                   "active AND database = '{}'",
                                   name_));
    run_in("postgres", fmt::format("DROP DATABASE {} WITH (FORCE)", name_));
  } catch (const std::exception& fault) {
    fmt::print(stderr, "cleaning up {}: {}\n", name_, fault.what());
  }
}

postgres::ConnectionOptions TestDatabase::superuser() const {
  return TestCluster::instance().options("postgres", name_);
}
postgres::ConnectionOptions TestDatabase::owner() const {
  return TestCluster::instance().options("busflow_owner", name_);
}
postgres::ConnectionOptions TestDatabase::service() const {
  return TestCluster::instance().options("busflow_service", name_);
}
postgres::ConnectionOptions TestDatabase::graphql() const {
  return TestCluster::instance().options("busflow_graphql", name_);
}

postgres::ConnectionOptions TestDatabase::change_feed() const {
  return TestCluster::instance().options("busflow_change_feed", name_);
}

postgres::Rows TestDatabase::run(const std::string& sql) const { return run_in(name_, sql); }

std::string TestDatabase::value(const std::string& sql) const {
  const auto rows = run(sql);
  if (rows.size() != 1) throw std::runtime_error(fmt::format("{}: expected one row, got {}", sql, rows.size()));
  return std::string(rows.text(0, 0));
}

}  // namespace busflow::testkit
