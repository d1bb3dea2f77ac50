#include <gtest/gtest.h>

#include <platform/swarm/canary.hpp>

namespace busflow::swarm {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kStart{};

json::Value running(std::string_view labels, int replicas) {
  return *json::parse(R"({"Spec":{"Name":"s_api","Labels":)" + std::string(labels) +
                      R"(,"Mode":{"Replicated":{"Replicas":)" + std::to_string(replicas) + "}}}}");
}

constexpr std::string_view kLabels = R"({"traefik.http.services.s-api.loadbalancer.server.port":"4000",
  "traefik.http.routers.s-api.rule":"old","busflow.deployment":"7","busflow.version":"1","com.docker.stack.image":"x"})";

TEST(Canary, weightsGiveTheShareWhateverTheNumberOfTasks) {
  for (const std::int64_t percent : {1, 5, 10, 33, 50, 99}) {
    for (const std::int64_t tasks : {1, 2, 3, 7}) {
      const auto weights = canary_weights(percent, tasks);
      EXPECT_EQ(weights.canary * 100, percent * (weights.canary + weights.present * tasks)) << percent << " " << tasks;
    }
  }
}

TEST(Canary, keepsTheRoutesThatTheServiceHasNow) {
  const auto document = *json::parse(R"({"networks":{"edge":{}},"services":{"web":{},
    "api":{"image":"api:2","deploy":{"replicas":3,"labels":{"traefik.http.routers.s-api.rule":"new"}}}}})");
  const auto canary = canary_document(document.get_object(), running(kLabels, 2), "api", 10, "2");
  ASSERT_TRUE(canary) << canary.error().detail;
  EXPECT_EQ(
      json::serialize(canary->at("services")),
      R"({"api-canary":{"image":"api:2","deploy":{"replicas":1,"labels":{)"
      R"("traefik.http.services.s-api.loadbalancer.server.port":"4000","traefik.http.routers.s-api.rule":"old",)"
      R"("traefik.http.services.s-api.loadbalancer.server.weight":"2","busflow.canary":"10","busflow.version":"2"}}}})");
  EXPECT_TRUE(canary->contains("networks"));
}

TEST(Canary, saysWhatCannotHaveOne) {
  const auto document = json::parse(R"({"services":{"api":{}}})")->get_object();
  EXPECT_EQ(canary_document(document, running(kLabels, 2), "work", 10, "2").error().detail,
            "the stack's files have no service 'work'");
  EXPECT_EQ(canary_document(document, running(kLabels, 0), "api", 10, "2").error().detail,
            "'api' has no tasks that a canary could stand beside");
  EXPECT_EQ(canary_document(document, running("{}", 2), "api", 10, "2").error().detail,
            "the service s_api takes no requests from Traefik");
}

TEST(Canary, countsWhatPeopleAskedFor) {
  const auto counts = read_request_counts(R"(# TYPE http_requests_total counter
http_requests_total{method="GET",route="/readyz",status="5xx"} 100
http_requests_total{method="GET",route="/v1/a",status="2xx"} 40
http_requests_total{method="POST",route="/v1/b",status="4xx"} 5
http_requests_total{method="POST",route="/v1/b",status="5xx"} 3
http_connections 7
)");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->answered, 48);
  EXPECT_EQ(counts->failed, 3);
  EXPECT_FALSE(read_request_counts("http_connections 7\n"));
}

TEST(CanaryGuard, letsAFewFail) {
  CanaryGuard guard({.most_failed_percent = 1, .least_requests = 20});
  EXPECT_FALSE(guard.judge(kStart, RequestCounts{}));
  EXPECT_FALSE(guard.judge(kStart + 2s, RequestCounts{.answered = 19, .failed = 9}));
  EXPECT_FALSE(guard.judge(kStart + 120s, RequestCounts{.answered = 1900, .failed = 19}));
  EXPECT_EQ(guard.judge(kStart + 122s, RequestCounts{.answered = 1920, .failed = 20}),
            "20 of 1920 requests failed within 122 s; 1 % may");
}

TEST(CanaryGuard, aLongGoodTimeHidesNothing) {
  CanaryGuard guard({.most_failed_percent = 1, .least_requests = 20});
  EXPECT_FALSE(guard.judge(kStart, RequestCounts{}));
  EXPECT_FALSE(guard.judge(kStart + 600s, RequestCounts{.answered = 100'000}));
  EXPECT_FALSE(guard.judge(kStart + 630s, RequestCounts{.answered = 100'010, .failed = 9}));
  EXPECT_EQ(guard.judge(kStart + 661s, RequestCounts{.answered = 100'040, .failed = 39}),
            "30 of 30 requests failed within 31 s; 1 % may");
}

TEST(CanaryGuard, fewRequestsAreEnoughWhenMostOfThemFail) {
  CanaryGuard guard({.most_failed_percent = 1, .least_requests = 20});
  EXPECT_FALSE(guard.judge(kStart, RequestCounts{.answered = 0, .failed = 0}));
  EXPECT_FALSE(guard.judge(kStart + 2s, RequestCounts{.answered = 9, .failed = 9}));
  EXPECT_FALSE(guard.judge(kStart + 4s, RequestCounts{.answered = 19, .failed = 9}));
  CanaryGuard other({.most_failed_percent = 1, .least_requests = 20});
  EXPECT_FALSE(other.judge(kStart, RequestCounts{.answered = 0, .failed = 0}));
  EXPECT_EQ(other.judge(kStart + 2s, RequestCounts{.answered = 13, .failed = 13}),
            "13 of 13 requests failed within 2 s; 1 % may");
}

TEST(CanaryGuard, aRestartLosesNoCounts) {
  CanaryGuard guard({.most_failed_percent = 10, .least_requests = 20});
  EXPECT_FALSE(guard.judge(kStart, RequestCounts{}));
  EXPECT_FALSE(guard.judge(kStart + 2s, RequestCounts{.answered = 15, .failed = 1}));
  EXPECT_EQ(guard.judge(kStart + 4s, RequestCounts{.answered = 10, .failed = 4}),
            "5 of 25 requests failed within 4 s; 10 % may");
  EXPECT_EQ(guard.seen().answered, 25);
}

TEST(CanaryGuard, silenceIsAReason) {
  CanaryGuard guard({.longest_silence = 30s});
  EXPECT_FALSE(guard.judge(kStart, std::nullopt));
  EXPECT_FALSE(guard.judge(kStart + 29s, std::nullopt));
  EXPECT_EQ(guard.judge(kStart + 30s, std::nullopt), "it has not told its metrics for 30 s");
}

}  // namespace
}  // namespace busflow::swarm
