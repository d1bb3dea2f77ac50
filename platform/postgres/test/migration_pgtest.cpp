#include <array>
#include <future>

#include <gtest/gtest.h>

#include <platform/postgres/migration.hpp>
#include <platform/postgres_testkit/test_database.hpp>

namespace busflow::postgres {
namespace {

constexpr EmbeddedFile kSchema{"sql/migrations/0001_schema.sql",
                               "CREATE SCHEMA sample;\nCREATE TABLE sample.a (id int);\n"};
constexpr EmbeddedFile kColumn{"sql/migrations/0002_column.sql", "ALTER TABLE sample.a ADD COLUMN name text;\n"};
constexpr EmbeddedFile kEditedSchema{"sql/migrations/0001_schema.sql", "CREATE SCHEMA sample;\n"};
constexpr EmbeddedFile kBroken{
    "sql/migrations/0003_broken.sql",
    "ALTER TABLE sample.a ADD COLUMN b int;\n\nALTER TABLE sample.nothing ADD COLUMN c int;\n"};
constexpr EmbeddedFile kFourth{"sql/migrations/0004_late.sql", "SELECT 1;"};

class MigrationTest : public testing::Test {
 protected:
  Result<std::vector<AppliedMigration>> apply(std::vector<EmbeddedFile> files) {
    files_ = std::move(files);
    const std::array sets{MigrationSet{"sample", files_}};
    return migrate(database_.owner(), sets);
  }
  void expect_error(const Result<std::vector<AppliedMigration>>& result, ErrorName name, std::string_view part) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().name, name);
    EXPECT_NE(result.error().detail.find(part), std::string::npos) << result.error().detail;
  }

  testkit::TestDatabase database_;
  std::vector<EmbeddedFile> files_;
};

TEST_F(MigrationTest, AppliesWhatIsMissingOnce) {
  const auto first = apply({kSchema});
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(first->size(), 1U);
  const auto second = apply({kSchema, kColumn});
  ASSERT_TRUE(second);
  ASSERT_EQ(second->size(), 1U);
  EXPECT_EQ(second->front().file, "0002_column.sql");
  EXPECT_TRUE(apply({kSchema, kColumn})->empty());
  EXPECT_EQ(
      database_.value(
          "SELECT count(*) FROM pg_roles WHERE rolname IN ('busflow_sample', 'busflow_graphql', 'busflow_service')"),
      "3");
}

TEST_F(MigrationTest, RefusesEditedMissingAndMisnumberedFiles) {
  ASSERT_TRUE(apply({kSchema, kColumn}));
  expect_error(apply({kEditedSchema, kColumn}), ErrorName::kMigrationChanged, "0001_schema.sql");
  expect_error(apply({kSchema}), ErrorName::kMigrationChanged, "0002_column.sql");
  expect_error(apply({kSchema, kColumn, kFourth}), ErrorName::kMigrationChanged, "0004_late.sql");
  expect_error(apply({kSchema, {"sql/migrations/two.sql", ""}}), ErrorName::kMigrationChanged, "two.sql");
}

TEST_F(MigrationTest, AFailingFileLeavesNothingAndIsNamedWithItsLine) {
  expect_error(apply({kSchema, kColumn, kBroken}), ErrorName::kMigrationFailed, "sample/0003_broken.sql");
  EXPECT_EQ(database_.value(
                "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'sample' AND column_name = 'b'"),
            "0");
  EXPECT_EQ(database_.value("SELECT max(number) FROM busflow_migrations.applied"), "2");
}

TEST_F(MigrationTest, SyntaxErrorsNameTheLine) {
  expect_error(apply({kSchema, {"sql/migrations/0002_typo.sql", "SELECT 1;\nSELEC 2;\n"}}), ErrorName::kMigrationFailed,
               "sample/0002_typo.sql:2");
}

TEST_F(MigrationTest, TwoAtOnceApplyEachFileOnce) {
  files_ = {kSchema, kColumn};
  const auto run = [this] {
    const std::array sets{MigrationSet{"sample", files_}};
    return migrate(database_.owner(), sets);
  };
  auto other = std::async(std::launch::async, run);
  const auto mine = run();
  const auto theirs = other.get();
  ASSERT_TRUE(mine) << mine.error().detail;
  ASSERT_TRUE(theirs) << theirs.error().detail;
  EXPECT_EQ(mine->size() + theirs->size(), 2U);
}

}  // namespace
}  // namespace busflow::postgres
