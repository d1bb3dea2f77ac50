#include <gtest/gtest.h>

#include <platform/swarm/rollout.hpp>

namespace busflow::swarm {
namespace {

std::string answer(std::string_view log) {
  return health_answer(*json::parse(R"({"State":{"Health":{"Log":)" + std::string(log) + "}}}"));
}

TEST(Rollout, theHealthChecksLastWordsAreShown) {
  EXPECT_EQ(answer(R"([{"ExitCode":7,"Output":"first"},{"ExitCode":7,"Output":"curl: (7) refused\n\n"}])"),
            "curl: (7) refused");
}

TEST(Rollout, aCheckThatTheEngineCouldNotStartHidesNoAnswer) {
  EXPECT_EQ(answer(R"([{"ExitCode":7,"Output":"curl: (7) refused\n"},{"ExitCode":-1,"Output":""},
    {"ExitCode":126,"Output":"OCI runtime exec failed: exec failed: unable to start container process: unknown"}])"),
            "curl: (7) refused");
  EXPECT_EQ(answer(R"([{"ExitCode":126,"Output":"OCI runtime exec failed: exec failed: unknown"}])"), "");
}

TEST(Rollout, withoutAHealthCheckThereIsNoAnswer) {
  EXPECT_EQ(answer("null"), "");
  EXPECT_EQ(answer("[]"), "");
  EXPECT_EQ(health_answer(*json::parse(R"({"State":{"Status":"exited"}})")), "");
}

}  // namespace
}  // namespace busflow::swarm
