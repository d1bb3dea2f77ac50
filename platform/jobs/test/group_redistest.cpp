#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include <platform/jobs/administration.hpp>
#include <platform/jobs/groups.hpp>

#include "jobs_fixture.hpp"

namespace busflow::jobs {
namespace {

using std::chrono::milliseconds;
using Names = std::vector<std::string>;

class GroupTest : public JobsTest {
 protected:
  WorkerOptions grouped(std::size_t concurrency) {
    auto options = this->options(concurrency);
    options.has_groups = true;
    return options;
  }
  void limit(const GroupLimits& limits) {
    redis::Client client(server_.options());
    const auto set = set_group_limits(client, "bull", "sample", limits);
    ASSERT_TRUE(set) << set.error().detail;
  }
  void add(const std::string& group, int count) {
    std::vector<NewJob> jobs;
    for (int i = 0; i < count; ++i) {
      jobs.push_back({.queue = "sample", .name = group, .data = {{"i", i}}, .options = {.group = group}});
    }
    const auto added = queue_.add_bulk(jobs);
    ASSERT_TRUE(added) << added.error().detail;
  }
};

TEST_F(GroupTest, OneTenantsThousandMailsDoNotDelayAnothersTicket) {
  limit({.depth = 2});
  add("bulk", 900);
  add("ticket", 1);
  std::mutex mutex;
  Names order;
  const auto worker = start(grouped(1), plain([&](const Job& job) -> Result<json::Value> {
                              const std::lock_guard lock(mutex);
                              order.push_back(job.name);
                              return json::Value();
                            }));
  eventually([&] { return queue_.counts("sample")->completed == 901; });
  const auto place = std::ranges::find(order, "ticket") - order.begin();
  EXPECT_LE(place, 4) << "the queue's own list may be full of others, the ticket is next";
}

TEST_F(GroupTest, GroupsTakeTurns) {
  limit({.depth = 1});
  std::vector<NewJob> jobs;
  for (const auto* group : {"a", "a", "a", "b", "b", "b", "c", "c", "c"}) {
    jobs.push_back({.queue = "sample", .name = group, .options = {.group = group}});
  }
  ASSERT_TRUE(queue_.add_bulk(jobs));
  Names order;
  const auto worker = start(grouped(1), plain([&](const Job& job) -> Result<json::Value> {
                              order.push_back(job.name);
                              return json::Value();
                            }));
  eventually([&] { return queue_.counts("sample")->completed == 9; });
  EXPECT_EQ(order, (Names{"a", "b", "c", "a", "b", "c", "a", "b", "c"}));
}

TEST_F(GroupTest, ConcurrencyOneIsAnOrderThatRetriesDoNotBreak) {
  limit({.depth = 16, .concurrency = 1});
  std::vector<NewJob> jobs;
  for (int i = 0; i < 20; ++i) {
    for (const auto* group : {"a", "b"}) {
      jobs.push_back(
          {.queue = "sample",
           .name = group,
           .data = {{"i", i}},
           .options = {.attempts = 3, .backoff = Backoff{.type = "fixed", .delay = milliseconds(3)}, .group = group}});
    }
  }
  ASSERT_TRUE(queue_.add_bulk(jobs));
  std::mutex mutex;
  std::map<std::string, std::vector<std::int64_t>> ended;
  const auto handler = plain([&](const Job& job) -> Result<json::Value> {
    const auto number = job.data.at("i").as_int64();
    if (number % 5 == 2 && job.attempts_made < 2) return fail(ErrorName::kInternal, "not yet");
    const std::lock_guard lock(mutex);
    ended[job.name].push_back(number);
    return json::Value();
  });
  const auto first = start(grouped(4), handler);
  const auto second = start(grouped(4), handler);
  eventually([&] { return queue_.counts("sample")->completed == 40; });
  for (const auto& [group, numbers] : ended) {
    EXPECT_EQ(numbers.size(), 20U);
    EXPECT_TRUE(std::ranges::is_sorted(numbers)) << group;
  }
}

TEST_F(GroupTest, AGroupKeepsItsRateAndOthersGoOn) {
  limit({.depth = 8, .jobs = 2, .per = milliseconds(200)});
  add("slow", 4);
  add("other", 1);
  std::mutex mutex;
  std::vector<std::pair<std::string, std::chrono::steady_clock::time_point>> starts;
  const auto worker = start(grouped(2), plain([&](const Job& job) -> Result<json::Value> {
                              const std::lock_guard lock(mutex);
                              starts.emplace_back(job.name, std::chrono::steady_clock::now());
                              return json::Value();
                            }));
  eventually([&] { return queue_.counts("sample")->completed == 5; });
  std::erase_if(starts, [](const auto& start) { return start.first == "other"; });
  std::ranges::sort(starts, {}, [](const auto& start) { return start.second; });
  EXPECT_GE(starts[2].second - starts[0].second, milliseconds(100));
}

TEST_F(GroupTest, AWorkerWithoutGroupsMayTakeTheJobsToo) {
  limit({.depth = 4});
  add("a", 10);
  const auto plain_worker = start([](const Job&) -> Result<json::Value> { return json::Value(); }, 1);
  eventually([&] { return queue_.counts("sample")->completed == 4; });
  // Somebody who knows of groups lets the next ones go on.
  const auto feeder = start(grouped(1), plain([](const Job&) -> Result<json::Value> { return json::Value(); }));
  eventually([&] { return queue_.counts("sample")->completed == 10; });
}

TEST_F(GroupTest, JobsWaitingForTheirTurnAreCountedListedAndDrained) {
  limit({.depth = 1});
  add("a", 3);
  add("b", 2);
  Administration administration(server_.options(), "bull", clock_);
  const auto names = [&](std::size_t offset, std::size_t count) {
    Names found;
    for (const auto& job : administration.list("sample", JobState::kWaiting, offset, count).value()) {
      found.push_back(job.name + std::to_string(job.data.as_object().at("i").as_int64()));
    }
    return found;
  };
  EXPECT_EQ(queue_.counts("sample")->waiting, 5);
  const auto all = names(0, 10);
  EXPECT_EQ(all.size(), 5U);
  Names in_pages;
  for (std::size_t offset = 0; offset < 6; offset += 2)
    std::ranges::copy(names(offset, 2), std::back_inserter(in_pages));
  EXPECT_EQ(in_pages, all);
  ASSERT_TRUE(administration.drain("sample", false));
  EXPECT_EQ(queue_.counts("sample")->waiting, 0);
  EXPECT_TRUE(names(0, 10).empty());
}

TEST_F(GroupTest, TheSameJobIdIsAddedOnce) {
  const JobOptions options{.job_id = "event-1", .group = "a"};
  EXPECT_EQ(queue_.add("sample", "x", {}, options), "event-1");
  EXPECT_EQ(queue_.add("sample", "x", {}, options), "event-1");
  EXPECT_EQ(queue_.counts("sample")->waiting, 1);
}

}  // namespace
}  // namespace busflow::jobs
