#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <platform/runtime/io_threads.hpp>
#include <platform/runtime/shutdown_sequence.hpp>
#include <platform/runtime/task_scope.hpp>
#include <platform/runtime/worker_pool.hpp>

namespace busflow::runtime {
namespace {

TEST(WorkerPool, RefusesWhenTheQueueIsFull) {
  std::latch started(1);
  std::promise<void> release;
  WorkerPool pool(1, 1);  // last: it joins the thread that uses the two
  ASSERT_TRUE(pool.try_submit([&] {
    started.count_down();
    release.get_future().wait();
  }));
  started.wait();
  EXPECT_TRUE(pool.try_submit([] {}));
  EXPECT_FALSE(pool.try_submit([] {}));
  EXPECT_EQ(pool.depth(), 1U);
  release.set_value();
}

TEST(WorkerPool, StopFinishesWhatWasAccepted) {
  std::atomic<int> done = 0;
  WorkerPool pool(2, 1000);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.try_submit([&] { ++done; }));
  pool.stop();
  EXPECT_EQ(done, 500);
  EXPECT_FALSE(pool.try_submit([] {}));
}

boost::asio::awaitable<Result<int>> on_pool(WorkerPool* pool, bool fault) {
  co_return co_await run_on<int>(*pool, [fault]() -> Result<int> {
    if (fault) throw std::runtime_error("broken");
    return 7;
  });
}

TEST(RunOn, ResumesWithTheResultOrTheFault) {
  WorkerPool pool(1, 10);
  IoThreads loops(1, [](std::string_view) {});
  loops.start();
  EXPECT_EQ(boost::asio::co_spawn(loops.at(0), on_pool(&pool, false), boost::asio::use_future).get(), 7);
  const auto fault = boost::asio::co_spawn(loops.at(0), on_pool(&pool, true), boost::asio::use_future).get();
  ASSERT_FALSE(fault);
  EXPECT_EQ(fault.error().name, ErrorName::kInternal);
  EXPECT_EQ(fault.error().detail, "broken");
  pool.stop();
  const auto refused = boost::asio::co_spawn(loops.at(0), on_pool(&pool, false), boost::asio::use_future).get();
  EXPECT_EQ(refused.error().name, ErrorName::kOverloaded);
}

TEST(IoThreads, SurviveAFaultInAHandler) {
  std::atomic<int> faults = 0;
  std::promise<void> reached;
  IoThreads loops(1, [&](std::string_view what) { faults += what == "oops" ? 1 : 100; });
  loops.start();
  boost::asio::post(loops.at(0), [] { throw std::runtime_error("oops"); });
  boost::asio::post(loops.at(0), [&] { reached.set_value(); });
  reached.get_future().wait();
  EXPECT_EQ(faults, 1);
}

TEST(TaskScope, AsksToStopAndReportsFaults) {
  std::string report;
  {
    TaskScope scope(
        [&](std::string_view task, std::string_view what) { report = std::string(task) + ": " + std::string(what); });
    scope.spawn("waiting", [](const std::stop_token& stop) {
      while (!stop.stop_requested()) std::this_thread::yield();
    });
    scope.spawn("failing", [](const std::stop_token&) { throw std::runtime_error("no luck"); });
  }
  EXPECT_EQ(report, "failing: no luck");
}

TEST(ShutdownSequence, RunsEachStepOnceInOrder) {
  ShutdownSequence sequence;
  std::string order;
  sequence.add("first", [&] { order += "1"; });
  sequence.add("second", [&] { throw std::runtime_error("stuck"); });
  sequence.add("third", [&] { order += "3"; });
  std::string faults;
  const auto report = [&](std::string_view step, std::chrono::milliseconds, std::string_view fault) {
    if (!fault.empty()) faults += std::string(step) + " " + std::string(fault);
  };
  sequence.run(report);
  sequence.run(report);
  EXPECT_EQ(order, "13");
  EXPECT_EQ(faults, "second stuck");
}

}  // namespace
}  // namespace busflow::runtime
