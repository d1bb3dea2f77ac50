#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <platform/backup/allow_list.hpp>
#include <platform/backup/report.hpp>
#include <platform/backup/restore_errors.hpp>

namespace busflow::backup {
namespace {

class AllowListTest : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    std::ofstream(file_) << text;
    return file_;
  }
  void TearDown() override { std::filesystem::remove(file_); }

  std::string file_ = testing::TempDir() + "allow_list_" + std::to_string(getpid()) + ".yaml";
};

constexpr auto kEntry =
    "references:\n"
    "  - parent: a.parents.id\n"
    "    child: b.children.parent_id\n"
    "    max_orphans: 3\n"
    "    owner: somebody\n"
    "    expires: 2027-03-31\n";

TEST_F(AllowListTest, ReadsReferences) {
  const auto read = read_soft_references(write(kEntry));
  ASSERT_TRUE(read) << read.error().detail;
  ASSERT_EQ(read->size(), 1);
  EXPECT_EQ(read->at(0).child.text(), "b.children.parent_id");
  EXPECT_EQ(read->at(0).max_orphans, 3);
  EXPECT_TRUE(read_soft_references(write("references: []\n")));
}

TEST_F(AllowListTest, NamesTheLineOfWhatIsWrong) {
  const auto refused = [&](std::string from, const std::string& to) {
    std::string text = kEntry;
    text.replace(text.find(from), from.size(), to);
    const auto read = read_soft_references(write(text));
    return read ? "accepted" : read.error().detail.substr(file_.size());
  };
  EXPECT_EQ(refused("owner: somebody", "ovner: somebody"), ":5: unknown key 'ovner'");
  EXPECT_EQ(refused("    owner: somebody\n", ""), ":2: 'owner' is missing");
  EXPECT_EQ(refused("max_orphans: 3", "max_orphans: few"), ":4: 'max_orphans' must be a number of at least 0");
  EXPECT_EQ(refused("2027-03-31", "2027-02-30"), ":6: 'expires' must be a day, such as 2027-01-31");
  EXPECT_EQ(refused("a.parents.id", "parents.id"), ":2: 'parent' must be schema.table.column");
  EXPECT_EQ(refused("references:", "reference:"), ":1: unknown key 'reference'");
  EXPECT_EQ(refused("owner: somebody", "owner: [").front(), ':') << "the parser's own error has a line, too";
  EXPECT_EQ(read_soft_references("/nowhere.yaml").error().problem, Problem::kBadAllowList);
}

TEST_F(AllowListTest, ReadsTheFilesThatAreShipped) {
  const std::string folder = std::string(BUSFLOW_REPOSITORY) + "/config/backup-verify/";
  EXPECT_TRUE(read_soft_references(folder + "soft-fk-allowlist.yaml"));
  EXPECT_TRUE(read_tolerated_errors(folder + "tolerated-errors.yaml"));
  EXPECT_TRUE(read_probe_settings(folder + "probes.yaml"));
}

TEST(RestoreErrors, SortsWhatIsTolerated) {
  const auto tolerated =
      read_tolerated_errors(std::string(BUSFLOW_REPOSITORY) + "/config/backup-verify/tolerated-errors.yaml");
  ASSERT_TRUE(tolerated);
  RestoreErrors errors(*tolerated);
  for (const auto* line : {"pg_restore: error: could not execute query: ERROR:  role \"old\" does not exist",
                           "Command was: GRANT …", "pg_restore: warning: errors ignored on restore: 1",
                           "psql:<stdin>:9: ERROR:  must be owner of extension plpgsql",
                           "psql:<stdin>:9: NOTICE:  nothing", "pg_restore: while PROCESSING TOC:"})
    errors.take_line(line);
  EXPECT_EQ(errors.tolerated().size(), 2);
  EXPECT_TRUE(errors.fatal().empty());
  errors.take_line(
      "pg_restore: error: COPY failed for table \"t\": ERROR:  invalid input syntax for type integer: \"role \"x\" "
      "does not exist and more\"");
  errors.take_line("psql:<stdin>:12: error: backslash commands are restricted; only \\unrestrict is allowed");
  EXPECT_EQ(errors.fatal().size(), 2);
  EXPECT_EQ(errors.failure().problem, Problem::kRestoreErrors);
  errors.take_line("pg_restore: error: could not read from input file: end of file");
  EXPECT_EQ(errors.failure().problem, Problem::kDamagedDump);
  errors.take_line(
      "pg_restore: error: could not execute query: ERROR:  could not extend file \"base/1\": No space left on device");
  EXPECT_EQ(errors.failure().problem, Problem::kDiskFull);
}

TEST(Report, HasTheExitCodeOfItsFirstFailure) {
  Report report;
  report.source = "hetzner-s3";
  report.pass("age", "a|b");
  report.warn("names", Problem::kWrongName, "odd <name>");
  EXPECT_EQ(report.exit_code(), 0);
  EXPECT_EQ(report.verdict(), "verified");
  report.fail("rows", {Problem::kRowsDiffer, "t has 1 & not 2"});
  report.fail("source", {Problem::kDegraded, "away"});
  EXPECT_EQ(report.exit_code(), problem_info(Problem::kRowsDiffer).exit_code);
  EXPECT_EQ(report.verdict(), "failed");
  EXPECT_NE(report.markdown().find("| age | passed | a\\|b |"), std::string::npos) << report.markdown();
  EXPECT_NE(report.junit().find("tests=\"4\" failures=\"2\""), std::string::npos) << report.junit();
  EXPECT_NE(report.junit().find("<failure type=\"rows-differ\" message=\"t has 1 &amp; not 2\"/>"), std::string::npos)
      << report.junit();
  EXPECT_EQ(report.json().at("checks").as_array().size(), 4);
}

TEST(Report, FallBackAloneIsDegraded) {
  Report report;
  report.fail("source", {Problem::kDegraded, "away"});
  EXPECT_EQ(report.verdict(), "degraded");
  EXPECT_NE(report.exit_code(), 0);
}

}  // namespace
}  // namespace busflow::backup
