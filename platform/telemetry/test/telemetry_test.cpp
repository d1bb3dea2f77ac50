#include <gtest/gtest.h>

#include <platform/json/json.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

namespace busflow::telemetry {
namespace {

TEST(Logger, WritesOneJsonObjectPerLine) {
  std::vector<std::string> lines;
  const Logger logger("serve", Level::kInfo, [&](std::string_view line) { lines.emplace_back(line); });
  logger.debug("not shown");
  logger.info("listening \"here\"", {{"port", 4000}, {"address", "127.0.0.1\n"}});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].find('\n'), std::string::npos);
  const auto parsed = json::parse(lines[0]);
  ASSERT_TRUE(parsed) << lines[0];
  EXPECT_EQ(parsed->at("message").as_string(), "listening \"here\"");
  EXPECT_EQ(parsed->at("port").as_int64(), 4000);
  EXPECT_EQ(parsed->at("service").as_string(), "serve");
  EXPECT_EQ(parsed->at("level").as_string(), "info");
}

TEST(Logger, CarriesTheRequest) {
  std::string line;
  const Logger logger("serve", Level::kInfo, [&](std::string_view text) { line = text; });
  ManualClock clock{WallTime{}};
  RandomIdentifierSource identifiers;
  const Context context{
      .clock = clock, .identifiers = identifiers, .trace = TraceContext::start(), .request_id = "r-1"};
  logger.with(context).warning("slow");
  const auto parsed = json::parse(line);
  ASSERT_TRUE(parsed) << line;
  EXPECT_EQ(parsed->at("request_id").as_string(), "r-1");
  EXPECT_EQ(parsed->at("trace_id").as_string(), context.trace.trace_id);
}

TEST(Logger, RefusesAnUnknownLevel) {
  EXPECT_TRUE(parse_level("warning"));
  EXPECT_EQ(parse_level("loud").error().name, ErrorName::kInvalidSetting);
}

TEST(Metrics, RendersThePrometheusTextFormat) {
  Metrics metrics;
  metrics.counter("jobs_total", "Jobs done.", {{"queue", "a"}}).Increment();
  metrics.counter("jobs_total", "Jobs done.", {{"queue", "a"}}).Increment();
  metrics.duration("wait_seconds", "Waiting.").Observe(0.002);
  const auto text = metrics.render();
  EXPECT_NE(text.find("# TYPE jobs_total counter"), std::string::npos) << text;
  EXPECT_NE(text.find("jobs_total{queue=\"a\"} 2"), std::string::npos) << text;
  EXPECT_NE(text.find("wait_seconds_bucket{le=\"0.0025\"} 1"), std::string::npos) << text;
}

}  // namespace
}  // namespace busflow::telemetry
