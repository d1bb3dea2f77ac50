// usage: job_driver SOCKET add|flow|work|hang|schedule|events|latency QUEUE [ARGUMENT…]
//   add QUEUE       one job of each kind that BullMQ knows, with fixed ids
//   flow QUEUE CHILD_QUEUE   a parent in QUEUE with two children in CHILD_QUEUE; prints the parent's id
//   work QUEUE      runs jobs until SIGTERM: the result tells who ran it and how often it was started
//   hang QUEUE      takes one job, says so on standard output, and never finishes it
//   schedule QUEUE  a scheduler of every hour, one of a pattern
//   events QUEUE N  prints the names and ids of N events
//   latency QUEUE N   adds N jobs, one after the other; prints the 50th and 99th percentile, in microseconds, of the
//   time
//                   from before the adding to the start of the handler
//   add-each QUEUE N THREADS, add-bulk QUEUE N, process QUEUE N   for tests/interop/jobs/bench.mjs: prints the seconds
//   it took
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <semaphore>
#include <string>
#include <thread>

#include <platform/jobs/event_reader.hpp>
#include <platform/jobs/queue.hpp>
#include <platform/jobs/scheduler.hpp>
#include <platform/jobs/worker.hpp>
#include <platform/runtime/signals.hpp>

namespace busflow::jobs {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using Arguments = std::vector<std::string>;

struct Driver {
  redis::Options redis;
  SystemClock clock;
  RandomIdentifierSource identifiers;
  telemetry::Logger logger{"driver", telemetry::Level::kError};
  telemetry::Metrics metrics;

  QueueClient queue() { return {redis, "bull", clock}; }
  WorkerOptions options(const std::string& queue_name) {
    return {.redis = redis,
            .queue = queue_name,
            .concurrency = 2,
            .lock_duration = milliseconds(1000),
            .stalled_interval = milliseconds(300),
            .max_stalled = 1000};
  }
};

int report(const Error& error) {
  std::cerr << error.message() << "\n";
  return 1;
}

int add(Driver& driver, const Arguments& arguments) {
  const auto& queue = arguments.at(0);
  const json::Object data{{"tour", "Alpine"}, {"seats", 49}, {"price", 0.5}, {"notes", nullptr}};
  const auto options = [](const char* id) {
    return JobOptions{.job_id = id, .attempts = 3, .keep_completed = std::nullopt};
  };
  auto standard = options("job-standard");
  standard.backoff = Backoff{.type = "exponential", .delay = milliseconds(500), .jitter = 0.5};
  standard.keep_completed = Retention{.count = 100, .age = {}};
  standard.keep_failed = Retention{.count = 10, .age = std::chrono::seconds(3600)};
  auto delayed = options("job-delayed");
  delayed.delay = milliseconds(3600000);
  auto prioritized = options("job-prioritized");
  prioritized.priority = 7;
  auto lifo = options("job-lifo");
  lifo.lifo = true;
  auto single = options("job-single");
  single.deduplication = Deduplication{.id = "only", .ttl = milliseconds(600000)};
  single.keep_logs = 5;
  const std::vector<NewJob> jobs{{queue, "book", data, standard},      {queue, "remind", data, delayed},
                                 {queue, "rescue", data, prioritized}, {queue, "first", data, lifo},
                                 {queue, "once", data, single},        {queue, "once", data, single}};
  const auto added = driver.queue().add_bulk(jobs);
  return added ? 0 : report(added.error());
}

int flow(Driver& driver, const Arguments& arguments) {
  const auto child = [&](int number) {
    return Flow{.job = {.queue = arguments.at(1), .name = "part", .data = {{"number", number}}}};
  };
  const auto id =
      driver.queue().add_flow({.job = {.queue = arguments.at(0), .name = "whole"}, .children = {child(1), child(2)}});
  if (!id) return report(id.error());
  std::cout << *id << "\n";
  return 0;
}

int work(Driver& driver, const Arguments& arguments) {
  runtime::Signals signals;
  Worker worker(driver.options(arguments.at(0)),
                [](Attempt& attempt) -> Outcome {
                  json::Object result{
                      {"by", "cpp"}, {"data", attempt.job.data}, {"starts", attempt.job.attempts_started}};
                  std::int64_t children = 0;
                  if (const auto values = attempt.children_values())
                    children = static_cast<std::int64_t>(values->size());
                  result["children"] = children;
                  if (attempt.job.name == "broken") {
                    return Outcome::failed(Error{.name = ErrorName::kInternal, .detail = "cannot be done"});
                  }
                  return Outcome::completed(std::move(result));
                },
                {driver.clock, driver.identifiers, driver.logger, driver.metrics});
  worker.start();
  std::cout << "working" << std::endl;
  signals.wait();
  worker.stop();
  return 0;
}

int hang(Driver& driver, const Arguments& arguments) {
  Worker worker(driver.options(arguments.at(0)),
                [](Attempt& attempt) -> Outcome {
                  std::cout << attempt.job.id << std::endl;
                  for (;;) pause();
                },
                {driver.clock, driver.identifiers, driver.logger, driver.metrics});
  worker.start();
  for (;;) pause();
}

int schedule(Driver& driver, const Arguments& arguments) {
  SchedulerClient schedulers(driver.redis, "bull", driver.clock);
  const JobTemplate job{.name = "tick", .data = {{"x", 1}}, .options = {.attempts = 2, .keep_completed = std::nullopt}};
  const auto hourly = schedulers.upsert(arguments.at(0), "hourly", {.every = hours(1)}, job);
  if (!hourly) return report(hourly.error());
  const auto nightly =
      schedulers.upsert(arguments.at(0), "nightly", {.pattern = "30 3 * * *", .time_zone = "Europe/Berlin"}, job);
  return nightly ? 0 : report(nightly.error());
}

int events(Driver& driver, const Arguments& arguments) {
  EventReader reader(driver.redis, "bull", arguments.at(0), "0");
  for (int left = std::stoi(arguments.at(1)); left > 0;) {
    const auto read = reader.read(milliseconds(20000));
    if (!read) return report(read.error());
    if (read->empty()) return report({.name = ErrorName::kDeadlineExceeded, .detail = "no more events"});
    for (const auto& event : *read) {
      std::cout << event.name << " " << event.job_id << "\n";
      if (--left == 0) break;
    }
  }
  return 0;
}

/// Runs the step and prints how long it took.
int timed(const std::function<Result<void>()>& step) {
  const auto begun = std::chrono::steady_clock::now();
  if (const auto done = step(); !done) return report(done.error());
  std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count() << "\n";
  return 0;
}

NewJob small_job(const std::string& queue) {
  return {.queue = queue,
          .name = "job",
          .data = {{"n", 1}},
          .options = {.keep_completed = Retention{.count = 0, .age = {}}}};
}

/// Threads that each wait for their own job to be added, as requests do. They share a client, as in BullMQ's part of
/// the bench.
int add_each(Driver& driver, const Arguments& arguments) {
  const int thread_count = std::stoi(arguments.at(2));
  std::atomic<int> left = std::stoi(arguments.at(1));
  const auto job = small_job(arguments.at(0));
  return timed([&]() -> Result<void> {
    std::vector<std::jthread> threads;
    std::atomic<bool> is_broken = false;
    auto queue = driver.queue();
    for (int thread = 0; thread < thread_count; ++thread) {
      threads.emplace_back([&] {
        while (left-- > 0 && !is_broken) is_broken = !queue.add(job.queue, job.name, job.data, job.options);
      });
    }
    threads.clear();
    if (is_broken) return fail(ErrorName::kRedisUnavailable);
    return {};
  });
}

int add_bulk(Driver& driver, const Arguments& arguments) {
  constexpr int kBatch = 500;
  const std::vector<NewJob> jobs(kBatch, small_job(arguments.at(0)));
  return timed([&]() -> Result<void> {
    auto queue = driver.queue();
    for (int left = std::stoi(arguments.at(1)); left > 0; left -= kBatch) BUSFLOW_CHECK(queue.add_bulk(jobs));
    return {};
  });
}

int process(Driver& driver, const Arguments& arguments) {
  const int count = std::stoi(arguments.at(1));
  auto options = driver.options(arguments.at(0));
  options.concurrency = 16;
  options.lock_duration = milliseconds(30000);
  std::atomic<int> done = 0;
  std::promise<void> finished;
  Worker worker(options,
                [&](Attempt&) -> Outcome {
                  if (++done == count) finished.set_value();
                  return Outcome::completed(nullptr);
                },
                {driver.clock, driver.identifiers, driver.logger, driver.metrics});
  return timed([&]() -> Result<void> {
    worker.start();
    finished.get_future().wait();
    worker.stop();
    return {};
  });
}

int latency(Driver& driver, const Arguments& arguments) {
  using Microseconds = std::chrono::duration<double, std::micro>;
  const int count = std::stoi(arguments.at(1));
  std::vector<double> times;
  std::binary_semaphore has_started{0};
  std::atomic<SteadyTime> sent{SteadyTime()};
  Worker worker(driver.options(arguments.at(0)),
                [&](Attempt&) -> Outcome {
                  times.push_back(Microseconds(driver.clock.steady_now() - sent.load()).count());
                  has_started.release();
                  return Outcome::completed(nullptr);
                },
                {driver.clock, driver.identifiers, driver.logger, driver.metrics});
  worker.start();
  auto queue = driver.queue();
  const auto job = small_job(arguments.at(0));
  for (int number = 0; number < count; ++number) {
    sent = driver.clock.steady_now();
    if (const auto added = queue.add(job.queue, job.name, job.data, job.options); !added) return report(added.error());
    has_started.acquire();
  }
  worker.stop();
  std::ranges::sort(times);
  std::cout << times[times.size() / 2] << " " << times[times.size() * 99 / 100] << "\n";
  return 0;
}

int run(const Arguments& arguments) {
  const std::map<std::string, std::function<int(Driver&, const Arguments&)>> verbs{
      {"add", add},       {"flow", flow},         {"work", work},         {"hang", hang},       {"schedule", schedule},
      {"events", events}, {"add-each", add_each}, {"add-bulk", add_bulk}, {"process", process}, {"latency", latency}};
  const auto verb = arguments.size() < 3 ? verbs.end() : verbs.find(arguments[1]);
  if (verb == verbs.end()) {
    std::cerr << "usage: job_driver SOCKET VERB QUEUE [ARGUMENT…], see the head of driver.cpp\n";
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);  // A connection that is gone is an error, not the end.
  Driver driver{.redis = {.socket = arguments[0]}};
  return verb->second(driver, {arguments.begin() + 2, arguments.end()});
}

}  // namespace
}  // namespace busflow::jobs

int main(int count, char** arguments) { return busflow::jobs::run({arguments + 1, arguments + count}); }
