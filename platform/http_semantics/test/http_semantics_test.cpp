#include <chrono>

#include <gtest/gtest.h>

#include <platform/http_semantics/accept.hpp>
#include <platform/http_semantics/conditions.hpp>
#include <platform/http_semantics/cookie.hpp>
#include <platform/http_semantics/date.hpp>
#include <platform/http_semantics/range.hpp>

namespace busflow::http_semantics {
namespace {

const WallTime kTime = WallTime(std::chrono::sys_days(std::chrono::year{2026} / 11 / 27)) + std::chrono::hours(12);
constexpr auto kTag = "\"abc\"";
constexpr auto kNow = "Fri, 27 Nov 2026 12:00:00 GMT";
constexpr auto kBefore = "Fri, 27 Nov 2026 11:59:59 GMT";

TEST(Date, IsTheStandardsForm) {
  EXPECT_EQ(format_date(kTime + std::chrono::milliseconds(999)), kNow);
  EXPECT_EQ(parse_date(kNow), kTime);
  EXPECT_EQ(parse_date("2026-11-27T12:00:00Z"), std::nullopt);
  EXPECT_EQ(parse_date(std::string(kNow) + "x"), std::nullopt);
  EXPECT_EQ(parse_date(""), std::nullopt);
}

TEST(Conditions, TagsAreComparedAsListsWeakOnesAndStars) {
  const auto none_match = [](std::string_view value) {
    Conditions conditions;
    conditions.if_none_match = value;
    return evaluate(conditions, kTag, kTime);
  };
  for (const auto* same : {"\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "\"x\",W/\"abc\"", "*"})
    EXPECT_EQ(none_match(same), Verdict::kNotModified) << same;
  for (const auto* other : {"\"x\"", "abc", "", "\"abc", "\"a,\"abc\""})
    EXPECT_EQ(none_match(other), Verdict::kProceed) << other;

  const auto match = [](std::string_view value) {
    Conditions conditions;
    conditions.if_match = value;
    return evaluate(conditions, kTag, kTime);
  };
  EXPECT_EQ(match("\"x\", \"abc\""), Verdict::kProceed);
  EXPECT_EQ(match("*"), Verdict::kProceed);
  EXPECT_EQ(match("W/\"abc\""), Verdict::kPreconditionFailed) << "weak";
  EXPECT_EQ(match("\"x\""), Verdict::kPreconditionFailed);
}

TEST(Conditions, DatesCountWhereThereAreNoTags) {
  Conditions conditions{.if_match = {}, .if_none_match = {}, .if_modified_since = kNow, .if_unmodified_since = {}};
  EXPECT_EQ(evaluate(conditions, kTag, kTime + std::chrono::milliseconds(500)), Verdict::kNotModified);
  conditions.if_none_match = "\"x\"";
  EXPECT_EQ(evaluate(conditions, kTag, kTime), Verdict::kProceed) << "the tag is asked first";
  conditions = {};
  conditions.if_modified_since = kBefore;
  EXPECT_EQ(evaluate(conditions, kTag, kTime), Verdict::kProceed);
  conditions = {};
  conditions.if_unmodified_since = kBefore;
  EXPECT_EQ(evaluate(conditions, kTag, kTime), Verdict::kPreconditionFailed);
  conditions.if_unmodified_since = "yesterday";
  EXPECT_EQ(evaluate(conditions, kTag, kTime), Verdict::kProceed);
}

TEST(Range, OneIsServedAndMoreAreNot) {
  const auto range = [](std::string_view header) { return read_range(header, 100); };
  EXPECT_EQ(std::get<ByteRange>(range("bytes=0-9")), (ByteRange{0, 10}));
  EXPECT_EQ(std::get<ByteRange>(range("bytes=90-")), (ByteRange{90, 10}));
  EXPECT_EQ(std::get<ByteRange>(range("bytes=90-1000")), (ByteRange{90, 10}));
  EXPECT_EQ(std::get<ByteRange>(range("bytes=-10")), (ByteRange{90, 10}));
  EXPECT_EQ(std::get<ByteRange>(range("bytes=-1000")), (ByteRange{0, 100}));
  for (const auto* whole : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-0", "lines=0-9", "bytes=0-1,3-4",
                            "bytes=0-99999999999999999999", "bytes=-1-2"})
    EXPECT_TRUE(std::holds_alternative<WholeBody>(range(whole))) << whole;
  EXPECT_TRUE(std::holds_alternative<Unsatisfiable>(range("bytes=100-")));
  EXPECT_TRUE(std::holds_alternative<Unsatisfiable>(range("bytes=-0")));
  EXPECT_TRUE(std::holds_alternative<Unsatisfiable>(read_range("bytes=0-", 0)));
  EXPECT_EQ(content_range({90, 10}, 100), "bytes 90-99/100");
}

TEST(Accept, TheMostSpecificRangeDecides) {
  constexpr auto kChrome = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
  EXPECT_EQ(preference_for(kChrome, "image/avif"), 1);
  EXPECT_EQ(preference_for(kChrome, "text/html"), 0.8);
  EXPECT_EQ(preference_for("image/*;q=0.5, image/webp ; q=0", "image/webp"), 0);
  EXPECT_EQ(preference_for("image/*;q=0.5, image/webp;q=0", "image/png"), 0.5);
  EXPECT_EQ(preference_for("", "image/png"), 1);
  EXPECT_EQ(preference_for("text/html", "image/png"), 0);
  EXPECT_EQ(named_preference_for(kChrome, "image/webp"), 1);
  EXPECT_EQ(named_preference_for(kChrome, "image/jpeg"), 0) << "only meant by image/*";
  EXPECT_EQ(named_preference_for("IMAGE/WEBP;q=0.3", "image/webp"), 0.3);
}

TEST(Cookie, IsFoundByItsWholeName) {
  EXPECT_EQ(cookie_value("a=1; bb=2;b=3", "b"), "3");
  EXPECT_EQ(cookie_value("a=1", "b"), std::nullopt);
  EXPECT_EQ(cookie_value("b=", "b"), "");
  EXPECT_EQ(cookie_value("", "b"), std::nullopt);
}

}  // namespace
}  // namespace busflow::http_semantics
