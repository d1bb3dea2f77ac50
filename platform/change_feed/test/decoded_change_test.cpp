#include "decoded_change.hpp"

#include <gtest/gtest.h>

namespace busflow::change_feed {
namespace {

using Kind = DecodedChange::Kind;

/// A line that is understood; one that is not gives no table and no number.
DecodedChange read(std::string_view line) { return read_decoded_change(line).value_or(DecodedChange{}); }

TEST(DecodedChange, NamesTheTableAndNotTheRow) {
  const auto change = read("table public.notes: INSERT: id[integer]:1 text[text]:'table a.b: '");
  EXPECT_EQ(change.kind, Kind::kTables);
  EXPECT_EQ(change.tables, (std::vector<TableName>{{"public", "notes"}}));
}

TEST(DecodedChange, UnderstandsQuotedNames) {
  const auto change = read(R"(table "my.schema"."a ""quoted"", table: x": DELETE: (no-tuple-data))");
  EXPECT_EQ(change.tables, (std::vector<TableName>{{"my.schema", R"(a "quoted", table: x)"}}));
}

TEST(DecodedChange, ATruncateMayNameSeveral) {
  const auto change = read("table public.a, public.\"B\": TRUNCATE: (no-flags)");
  EXPECT_EQ(change.tables, (std::vector<TableName>{{"public", "a"}, {"public", "B"}}));
}

TEST(DecodedChange, KnowsTheLinesAroundThem) {
  EXPECT_EQ(read("BEGIN 731").kind, Kind::kBegin);
  EXPECT_EQ(read("COMMIT 731").kind, Kind::kCommit);
  EXPECT_EQ(read("COMMIT 731").transaction, "731");
  EXPECT_TRUE(read_decoded_change("message: transactional: 1 prefix: x, sz: 1 content:y"));
}

TEST(DecodedChange, RefusesWhatItDoesNotKnow) {
  for (const auto* line :
       {"", "table", "table x", "table public.: INSERT:", "table \"public.a: INSERT:", "opening a streamed block"}) {
    EXPECT_FALSE(read_decoded_change(line)) << line;
  }
}

}  // namespace
}  // namespace busflow::change_feed
