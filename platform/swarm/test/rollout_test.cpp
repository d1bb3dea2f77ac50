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

TEST(Rollout, aStateIsOneWord) {
  using State = ServiceProgress::State;
  const auto word = [](State state, std::string update) {
    ServiceProgress service;
    service.state = state;
    service.update = std::move(update);
    return describe_state(service);
  };
  EXPECT_EQ(word(State::kDone, ""), "ready");
  EXPECT_EQ(word(State::kUnderWay, ""), "under way");
  EXPECT_EQ(word(State::kUnderWay, "completed"), "under way");
  EXPECT_EQ(word(State::kUnderWay, "updating"), "updating");
  EXPECT_EQ(word(State::kFailed, "paused"), "failed");
  // A job: its task ended, well, while the Swarm watched it.
  EXPECT_EQ(word(State::kDone, "paused"), "ready");
}

TEST(Rollout, whatWentBackSaysSo) {
  ServiceProgress service;
  service.rolled_back = true;
  service.state = ServiceProgress::State::kFailed;
  EXPECT_EQ(describe_state(service), "went back");
}

}  // namespace
}  // namespace busflow::swarm
