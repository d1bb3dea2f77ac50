#include <atomic>
#include <map>
#include <mutex>

#include <platform/jobs/administration.hpp>

#include "jobs_fixture.hpp"

namespace busflow::jobs {
namespace {

/// A parent "pack" with a child "good" and a child "bad", whose failure has a policy.
class FlowTest : public JobsTest {
 protected:
  std::string add(OnChildFailure policy) {
    const auto id =
        queue_.add_flow({.job = {.queue = "sample", .name = "pack"},
                         .children = {{.job = {.queue = "sample", .name = "good", .data = {{"n", 1}}}},
                                      {.job = {.queue = "sample", .name = "bad", .options = {.on_failure = policy}}}}});
    EXPECT_TRUE(id) << id.error().detail;
    return id.value_or("");
  }

  std::unique_ptr<Worker> work() {
    return start(options(1), [this](Attempt& attempt) -> Outcome {
      const auto& name = attempt.job.name;
      if (name == "bad") return Outcome::failed(Error{.name = ErrorName::kInternal, .detail = "broken"});
      if (name == "good") return Outcome::completed(7);
      const std::lock_guard lock(mutex_);
      for (const auto& [key, value] : *attempt.children_values()) values_[key] = value.as_int64();
      for (const auto& [key, reason] : *attempt.ignored_failures()) ignored_[key] = reason;
      return Outcome::completed("packed");
    });
  }
  JobState state(const std::string& id) { return administration_.state("sample", id).value_or(JobState::kUnknown); }

  Administration administration_{server_.options(), "bull", clock_};
  std::mutex mutex_;
  std::map<std::string, std::int64_t> values_;
  std::map<std::string, std::string> ignored_;
};

TEST_F(FlowTest, AParentRunsAfterAllItsChildrenAndReadsTheirValues) {
  const auto id = queue_.add_flow({.job = {.queue = "sample", .name = "pack"},
                                   .children = {{.job = {.queue = "sample", .name = "good"}},
                                                {.job = {.queue = "sample", .name = "pack"},
                                                 .children = {{.job = {.queue = "sample", .name = "good"}}}}}});
  ASSERT_TRUE(id) << id.error().detail;
  EXPECT_EQ(queue_.counts("sample")->waiting_children, 2);
  const auto worker = start(options(2), [](Attempt& attempt) -> Outcome {
    if (attempt.job.name == "good") return Outcome::completed(7);
    std::int64_t sum = 0;
    for (const auto& [key, value] : *attempt.children_values()) sum += value.as_int64();
    return Outcome::completed(sum);
  });
  eventually([&] { return state(*id) == JobState::kCompleted; });
  EXPECT_EQ(field(*id, "returnvalue"), "14");
}

TEST_F(FlowTest, AFailedChildKeepsItsParentWaitingUntilItIsRetried) {
  const auto id = add(OnChildFailure::kParentWaits);
  const auto worker = work();
  eventually([&] { return queue_.counts("sample")->failed == 1; });
  EXPECT_EQ(state(id), JobState::kWaitingChildren);
}

TEST_F(FlowTest, AFailedChildCanFailItsParent) {
  const auto id = add(OnChildFailure::kFailParent);
  const auto worker = work();
  eventually([&] { return state(id) == JobState::kFailed; });
  EXPECT_TRUE(field(id, "failedReason").contains("failed")) << field(id, "failedReason");
}

TEST_F(FlowTest, AFailedChildCanLetItsParentGoOn) {
  const auto id = add(OnChildFailure::kContinueParent);
  const auto worker = work();
  eventually([&] { return state(id) == JobState::kCompleted; });
}

TEST_F(FlowTest, AFailureCanBeIgnoredAndRead) {
  const auto id = add(OnChildFailure::kIgnore);
  const auto worker = work();
  eventually([&] { return state(id) == JobState::kCompleted; });
  ASSERT_EQ(ignored_.size(), 1U);
  EXPECT_EQ(ignored_.begin()->second, "broken");
  EXPECT_EQ(values_.size(), 1U);
}

TEST_F(FlowTest, AFailedChildCanBeForgotten) {
  const auto id = add(OnChildFailure::kRemoveDependency);
  const auto worker = work();
  eventually([&] { return state(id) == JobState::kCompleted; });
  EXPECT_TRUE(ignored_.empty());
}

TEST_F(FlowTest, WhatIsWrongAnywhereInTheTreeKeepsAllOfItOut) {
  const auto wrong = queue_.add_flow(
      {.job = {.queue = "sample", .name = "pack"}, .children = {{.job = {.queue = "a:b", .name = "child"}}}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().name, ErrorName::kBadRequest);
  const auto grouped =
      queue_.add_flow({.job = {.queue = "sample", .name = "pack"},
                       .children = {{.job = {.queue = "sample", .name = "child", .options = {.group = "g"}}}}});
  EXPECT_EQ(grouped.error().name, ErrorName::kBadRequest);
  redis::Client client(server_.options());
  EXPECT_EQ(client.command({"DBSIZE"})->integer(), 0);
}

TEST_F(FlowTest, AForgottenScriptDoesNotTearATreeApart) {
  ASSERT_TRUE(queue_.add_flow({.job = {.queue = "sample", .name = "good"}}));
  redis::Client client(server_.options());
  ASSERT_TRUE(client.command({"SCRIPT", "FLUSH"}));
  const auto id = add(OnChildFailure::kIgnore);
  EXPECT_EQ(queue_.counts("sample")->waiting, 3);
  EXPECT_EQ(state(id), JobState::kWaitingChildren);
}

}  // namespace
}  // namespace busflow::jobs
