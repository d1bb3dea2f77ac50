#pragma once

#include <span>
#include <string>

#include <platform/postgres/connection.hpp>
#include <platform/postgres/migration.hpp>

namespace busflow::testkit {

/// A database for one test, with the roles of the platform and the given migrations applied. It is cloned from a
/// template made at first use of the same migrations, so a test starts in some tens of milliseconds.
class TestDatabase {
 public:
  /// Empty, with roles for `contexts` migrations sets.
  explicit TestDatabase(std::span<const postgres::MigrationSet> sets = {});
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }
  postgres::ConnectionOptions superuser()
      const;  ///< Sees every row: for arranging and looking, not for the code under test.
  postgres::ConnectionOptions owner() const;
  postgres::ConnectionOptions service() const;
  postgres::ConnectionOptions graphql() const;
  postgres::ConnectionOptions change_feed() const;  ///< May replicate; end what it does before the database goes.

  /// Runs SQL as superuser; an error is a fault.
  postgres::Rows run(const std::string& sql) const;
  /// The single value that a query gives, as text.
  std::string value(const std::string& sql) const;

 private:
  std::string name_;
};

}  // namespace busflow::testkit
