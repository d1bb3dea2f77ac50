#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include <platform/base/context.hpp>
#include <platform/base/file.hpp>

namespace busflow {
namespace {

TEST(Uuid, RoundTripsAndRefusesOtherForms) {
  const auto id = Uuid::parse("018F3C5e-7b2a-7c3d-9e4f-0123456789ab");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->to_string(), "018f3c5e-7b2a-7c3d-9e4f-0123456789ab");
  for (const auto* wrong : {"", "018f3c5e7b2a7c3d9e4f0123456789ab", "018f3c5e-7b2a-7c3d-9e4f-0123456789ag",
                            "018f3c5e-7b2a-7c3d-9e4f_0123456789ab"}) {
    EXPECT_FALSE(Uuid::parse(wrong)) << wrong;
  }
}

TEST(Uuid, NewIdsAreDistinctVersionSeven) {
  RandomIdentifierSource source;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto text = source.next().to_string();
    EXPECT_EQ(text[14], '7');
    EXPECT_TRUE(std::string_view("89ab").contains(text[19]));
    EXPECT_TRUE(seen.insert(text).second);
  }
}

TEST(Uuid, NamedIdsAreRepeatable) {
  EXPECT_EQ(name_based_identifier("bus 1"), name_based_identifier("bus 1"));
  EXPECT_NE(name_based_identifier("bus 1"), name_based_identifier("bus 2"));
}

TEST(TraceContext, ReadsTheExampleOfTheStandard) {
  const auto trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_TRUE(trace->sampled);
  EXPECT_EQ(trace->to_traceparent(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_EQ(trace->child().trace_id, trace->trace_id);
  EXPECT_NE(trace->child().span_id, trace->span_id);
}

TEST(TraceContext, RefusesMalformedHeaders) {
  for (const auto* wrong : {"", "00-x", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"}) {
    EXPECT_FALSE(TraceContext::parse(wrong)) << wrong;
  }
}

TEST(Clock, PrintsUtcWithMilliseconds) {
  EXPECT_EQ(to_rfc3339(WallTime{std::chrono::milliseconds{1'700'000'000'123}}), "2023-11-14T22:13:20.123Z");
}

TEST(Context, GivesUpAtTheDeadlineAndOnCancellation) {
  ManualClock clock{WallTime{}};
  RandomIdentifierSource identifiers;
  std::stop_source stop;
  Context context{.clock = clock,
                  .identifiers = identifiers,
                  .deadline = clock.steady_now() + std::chrono::seconds(1),
                  .cancellation = stop.get_token()};
  EXPECT_TRUE(context.check());
  clock.advance(std::chrono::seconds(1));
  ASSERT_FALSE(context.check());
  EXPECT_EQ(context.check().error().name, ErrorName::kDeadlineExceeded);
  stop.request_stop();
  EXPECT_EQ(context.check().error().name, ErrorName::kCancelled);
}

TEST(Errors, HaveUniqueIdsTextsAndHints) {
  std::set<std::string_view> ids;
  for (const auto& row : error_table()) {
    EXPECT_TRUE(ids.insert(row.id).second) << row.id;
    EXPECT_FALSE(row.text.empty()) << row.id;
    EXPECT_FALSE(row.hint.empty()) << row.id;
    EXPECT_GE(row.http_status, 400) << row.id;
    EXPECT_NE(row.exit_code, 0) << row.id;
  }
}

Result<int> half_of(int number) {
  if (number % 2 != 0) return fail(ErrorName::kBadRequest, "odd", "$.number");
  return number / 2;
}

Result<int> quarter_of(int number) {
  BUSFLOW_TRY(const int half, half_of(number));
  BUSFLOW_TRY(const int quarter, half_of(half));
  return quarter;
}

TEST(Result, TryPassesErrorsOn) {
  EXPECT_EQ(quarter_of(8), 2);
  ASSERT_FALSE(quarter_of(6));
  EXPECT_EQ(quarter_of(6).error().path, "$.number");
}

TEST(SecretFile, CutsLineEndsAndNamesTheFileWhenMissing) {
  const auto path = std::filesystem::path(testing::TempDir()) / "secret";
  std::ofstream(path) << "s3cret\n";
  EXPECT_EQ(read_secret_file(path), "s3cret");
  std::ofstream(path) << "\n";
  EXPECT_EQ(read_secret_file(path).error().name, ErrorName::kInvalidSetting);
  EXPECT_NE(read_secret_file("/nowhere/secret").error().detail.find("/nowhere/secret"), std::string::npos);
}

TEST(Session, VariablesAreFoundInAnyCase) {
  const Session session{"dispatcher", {{"x-hasura-tenant-id", "t1"}}};
  EXPECT_EQ(session.variable("X-Hasura-Tenant-Id"), "t1");
  EXPECT_EQ(session.tenant_id(), "t1");
  EXPECT_FALSE(session.variable("x-hasura-plan"));
}

}  // namespace
}  // namespace busflow
