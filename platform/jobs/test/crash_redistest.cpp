#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "jobs_fixture.hpp"

namespace busflow::jobs {
namespace {

using std::chrono::milliseconds;

WorkerOptions quick(const testkit::TestRedis& server) {
  return {.redis = server.options(),
          .queue = "sample",
          .concurrency = 1,
          .lock_duration = milliseconds(300),
          .stalled_interval = milliseconds(100),
          .longest_wait = milliseconds(50)};
}

/// Takes the first job in a process of its own and never finishes it.
[[noreturn]] void hang_on_first_job(const WorkerOptions& options) {
  const SystemClock clock;
  RandomIdentifierSource identifiers;
  telemetry::Metrics metrics;
  Worker worker(
      options,
      [](Attempt&) -> Outcome {
        for (;;) ::pause();
      },
      {clock, identifiers, telemetry::Logger("child", telemetry::Level::kError, [](std::string_view) {}), metrics});
  worker.start();
  for (;;) ::pause();
}

TEST(Crash, AKilledWorkersJobIsFinishedByAnother) {
  testkit::TestRedis server;
  const SystemClock clock;
  QueueClient queue(server.options(), "bull", clock);
  ASSERT_TRUE(queue.add("sample", "precious", {}, {.job_id = "event-1"}));
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) hang_on_first_job(quick(server));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (queue.counts("sample")->active == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    std::this_thread::yield();
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(queue.counts("sample")->active, 1);

  RandomIdentifierSource identifiers;
  telemetry::Metrics metrics;
  std::atomic<int> started = 0;
  Worker survivor(
      quick(server), plain([&](const Job& job) -> Result<json::Value> {
        started = job.attempts_started;
        return json::Value("saved");
      }),
      {clock, identifiers, telemetry::Logger("survivor", telemetry::Level::kError, [](std::string_view) {}), metrics});
  survivor.start();
  while (queue.counts("sample")->completed == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    std::this_thread::yield();
  }
  EXPECT_EQ(started, 2);
  redis::Client client(server.options());
  EXPECT_EQ(client.command({"HGET", "bull:sample:event-1", "stc"})->text(), "1");
  EXPECT_NE(metrics.render().find("jobs_stalled_total{queue=\"sample\"} 1"), std::string::npos);
}

}  // namespace
}  // namespace busflow::jobs
