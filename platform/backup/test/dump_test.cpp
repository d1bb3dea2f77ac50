#include <gtest/gtest.h>

#include <set>

#include <platform/backup/archive_header.hpp>
#include <platform/backup/catalogue.hpp>
#include <platform/backup/dump_name.hpp>
#include <platform/backup/manifest.hpp>
#include <platform/backup/verification.hpp>

namespace busflow::backup {
namespace {

using namespace std::chrono_literals;

TEST(ProblemTable, IsInOrderAndHasNoExitCodeTwice) {
  std::set<int> codes;
  std::size_t row = 0;
  for (const auto& info : problem_table()) {
    EXPECT_EQ(static_cast<std::size_t>(info.problem), row++) << info.id;
    EXPECT_EQ(&problem_info(info.problem), &info);
    EXPECT_TRUE(codes.insert(info.exit_code).second) << info.id;
    EXPECT_GE(info.exit_code, 10) << "smaller ones are those of Error";
  }
  for (const auto& info : error_table()) EXPECT_FALSE(codes.contains(info.exit_code)) << info.id;
}

TEST(DumpName, IsReadBack) {
  const WallTime time = std::chrono::sys_days(std::chrono::year(2028) / 2 / 29) + 23h + 59min;
  EXPECT_EQ(dump_name(time), "pg_dump_20280229_2359.dump");
  EXPECT_EQ(parse_dump_name(dump_name(time)).value(), time);
}

TEST(DumpName, RefusesOtherFormsAndImpossibleDays) {
  for (const auto* name : {"", "pg_dump_20260501_0200.sql", "pg_dump_20260501_200.dump", "pg_dump_20260501-0200.dump",
                           "Pg_dump_20260501_0200.dump", "pg_dump_2026O501_0200.dump", "pg_dump_20260501_0200.dump.gz",
                           "x/pg_dump_20260501_0200.dump"})
    EXPECT_EQ(parse_dump_name(name).error().problem, Problem::kWrongName) << name;
  for (const auto* name : {"pg_dump_20260229_0200.dump", "pg_dump_20261301_0200.dump", "pg_dump_20260100_0200.dump",
                           "pg_dump_20260431_0200.dump", "pg_dump_20260501_2400.dump", "pg_dump_20260501_0260.dump"})
    EXPECT_EQ(parse_dump_name(name).error().problem, Problem::kImpossibleDate) << name;
}

TEST(Cadence, AllowsOneIntervalAndTwoHours) {
  EXPECT_EQ(find_cadence("daily")->longest_age, 26h);
  EXPECT_EQ(find_cadence("weekly")->longest_age, 170h);
  EXPECT_FALSE(find_cadence("yearly"));
}

TEST(ArchiveHeader, TellsFormatsApart) {
  const auto custom = read_header(std::string_view("PGDMP\x01\x10\x00\x04\x08\x01", 11));
  ASSERT_TRUE(custom);
  EXPECT_EQ(custom->describe(), "custom format 1.16");
  EXPECT_EQ(read_header("--\n-- PostgreSQL database dump\n--\n")->describe(), "plain text");
  for (const auto* wrong : {"", "PGD", "<html><body>502</body></html>", "<?xml version=\"1.0\"?><Error/>",
                            "--\n-- PostgreSQL database cluster dump\n", "\x1f\x8b\x08"})
    EXPECT_EQ(read_header(wrong).error().problem, Problem::kNotADump) << wrong;
  EXPECT_NE(read_header("<!DOCTYPE html>").error().detail.find("HTML"), std::string::npos);
  EXPECT_EQ(newest_readable_minor(15), 14);
  EXPECT_EQ(newest_readable_minor(17), 16);
}

Manifest sample_manifest() {
  return {.name = "pg_dump_20260501_0200.dump",
          .class_ = "regular",
          .cadence = "daily",
          .format = "custom",
          .sha256 = std::string(64, 'a'),
          .bytes = 12,
          .created = WallTime(1234567ms),
          .producer = "root@host",
          .server_version = "17.5",
          .server_major = 17,
          .dump_version = "17.5",
          .database = "busflow",
          .encoding = "UTF8",
          .collation = "C",
          .database_bytes = 99,
          .schemas = {"a", "b"},
          .extensions = {{"vector", "0.8"}},
          .roles = {{.name = "owner", .login = true, .member_of = {"group"}}},
          .tables = {{"a", "Täble", 5'000'000'000}},
          .sequences = {{"a", "s", 7, true}},
          .large_objects = 3};
}

TEST(Manifest, IsReadBack) {
  const auto read = read_manifest(write_manifest(sample_manifest()));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(write_manifest(*read), write_manifest(sample_manifest()));
  EXPECT_EQ(read->tables[0].rows, 5'000'000'000);
  EXPECT_EQ(read->roles[0].member_of, std::vector<std::string>{"group"});
}

TEST(Manifest, ErrorsNameTheField) {
  const auto text = write_manifest(sample_manifest());
  const auto with = [&](std::string from, const std::string& to) {
    std::string changed = text;
    return changed.replace(changed.find(from), from.size(), to);
  };
  const auto detail = [&](const std::string& changed) { return read_manifest(changed).error().detail; };
  EXPECT_NE(detail(with("\"cadence\":\"daily\"", "\"cadence\":\"yearly\"")).find("$.cadence"), std::string::npos);
  EXPECT_NE(detail(with("\"rows\":5000000000", "\"rows\":\"many\"")).find("$.tables[0].rows"), std::string::npos);
  EXPECT_NE(detail(with("\"version\":1", "\"version\":2")).find("$.version"), std::string::npos);
  EXPECT_NE(detail(with("\"server_major\":17", "\"server_major\":0")).find("$"), std::string::npos);
  EXPECT_EQ(read_manifest(text.substr(0, text.size() / 2)).error().problem, Problem::kBadManifest);
}

TEST(Catalogue, SortsWhatIsInTheBucket) {
  const auto catalogue = sort_objects({
      {.key = "locks/backup/x.json", .bytes = 1},
      {.key = "partial/pg_dump_20260503_0200.dump", .bytes = 5},
      {.key = "pre-cutover/pg_dump_20260502_1200.dump", .bytes = 7},
      {.key = "pre-cutover/pg_dump_20260502_1200.dump.manifest.json", .bytes = 2},
      {.key = "regular/backup.sql", .bytes = 7},
      {.key = "regular/pg_dump_20260230_0200.dump", .bytes = 7},
      {.key = "regular/pg_dump_20260501_0200.dump", .bytes = 7},
      {.key = "regular/pg_dump_20260501_0200.dump.manifest.json", .bytes = 0},
      {.key = "regular/pg_dump_20260430_0200.dump", .bytes = 7},
      {.key = "regular/pg_dump_20260430_0200.dump.manifest.json", .bytes = 9},
  });
  ASSERT_EQ(catalogue.dumps.size(), 3);
  EXPECT_EQ(catalogue.dumps[0].name, "pg_dump_20260430_0200.dump");
  ASSERT_EQ(catalogue.committed("regular").size(), 1) << "an empty manifest commits nothing";
  EXPECT_TRUE(catalogue.find("pg_dump_20260502_1200.dump"));
  EXPECT_FALSE(catalogue.find("pg_dump_20260501_0200.dump"));
  ASSERT_EQ(catalogue.rejected.size(), 2);
  EXPECT_EQ(catalogue.rejected[0].why.problem, Problem::kWrongName);
  EXPECT_EQ(catalogue.rejected[1].why.problem, Problem::kImpossibleDate);
  EXPECT_EQ(catalogue.partial.size(), 1);
}

TEST(Median, IsTheMiddleOne) {
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({9, 1, 5}), 5);
  EXPECT_EQ(median({4, 1, 3, 2}), 2);
}

}  // namespace
}  // namespace busflow::backup
