#include <platform/jobs/worker.hpp>

#include <algorithm>
#include <condition_variable>
#include <exception>

#include <fmt/format.h>

#include <platform/base/identifier.hpp>

#include "job_store.hpp"

namespace busflow::jobs {
namespace {

constexpr std::chrono::milliseconds kPauseAfterTrouble{500};
constexpr std::chrono::milliseconds kLongestBackoff{3600 * 1000};

/// Returns early when asked to stop.
void pause(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, time, [] { return false; });
}

std::chrono::milliseconds backoff(const Job& job) {
  const int doublings = std::clamp(job.attempts_made, 0, 20);
  return std::min(kLongestBackoff, job.backoff * (1 << doublings));
}

telemetry::Labels labels(const WorkerOptions& options) { return {{"queue", options.queue}}; }

}  // namespace

Worker::Worker(WorkerOptions options, Handler handler, const Clock& clock, telemetry::Logger logger,
               telemetry::Metrics& metrics)
    : options_(std::move(options)),
      handler_(std::move(handler)),
      clock_(clock),
      logger_(std::move(logger)),
      completed_(metrics.counter("jobs_completed_total", "Jobs that ended well.", labels(options_))),
      failed_(metrics.counter("jobs_failed_total", "Jobs that ran out of attempts.", labels(options_))),
      retried_(metrics.counter("jobs_retried_total", "Attempts that failed and will be repeated.", labels(options_))),
      stalled_(metrics.counter("jobs_stalled_total", "Jobs taken back from workers that died.", labels(options_))),
      name_(RandomIdentifierSource{}.next().to_string()) {}

Worker::~Worker() { stop(); }

void Worker::start() {
  for (std::size_t number = 0; number < options_.concurrency; ++number) {
    threads_.emplace_back([this, number](const std::stop_token& stop) { process(number, stop); });
  }
  threads_.emplace_back([this](const std::stop_token& stop) { maintain(stop); });
}

void Worker::stop() {
  // The last thread renews locks: it stops when the handlers have finished.
  for (std::size_t i = 0; i + 1 < threads_.size(); ++i) threads_[i].request_stop();
  for (std::size_t i = 0; i + 1 < threads_.size(); ++i) threads_[i].join();
  threads_.clear();
}

void Worker::report_trouble(const Error& error, bool& in_trouble) const {
  if (!in_trouble)
    logger_.error("the queue cannot be reached; trying on", {{"queue", options_.queue}, {"reason", error.message()}});
  in_trouble = true;
}

void Worker::process(std::size_t number, const std::stop_token& stop) {
  redis::Client client(options_.redis);
  JobStore store(client, options_.prefix, options_.queue);
  bool in_trouble = false;
  for (std::uint64_t counter = 0; !stop.stop_requested(); ++counter) {
    const auto token = fmt::format("{}:{}:{}", name_, number, counter);
    const auto taken = store.take(token, name_, options_.lock_duration, clock_.now());
    if (!taken) {
      report_trouble(taken.error(), in_trouble);
      pause(stop, kPauseAfterTrouble);
      continue;
    }
    if (std::exchange(in_trouble, false)) logger_.info("the queue is back", {{"queue", options_.queue}});
    const auto& [job, next_due] = *taken;
    if (job) {
      run_job(client, *job, token);
      continue;
    }
    auto longest = options_.longest_wait;
    if (next_due) longest = std::clamp(*next_due - clock_.now(), std::chrono::milliseconds(1), longest);
    if (const auto waited = store.wait(longest); !waited) report_trouble(waited.error(), in_trouble);
  }
}

Result<json::Value> Worker::attempt(const Job& job) const {
  try {
    return handler_(job);
  } catch (const std::exception& fault) {
    return fail(ErrorName::kInternal, fault.what());
  }
}

void Worker::run_job(redis::Client& client, const Job& job, const std::string& token) {
  {
    const std::lock_guard lock(mutex_);
    held_[job.id] = token;
  }
  JobStore store(client, options_.prefix, options_.queue);
  const auto outcome = attempt(job);
  Result<void> recorded;
  if (outcome) {
    recorded = store.complete(job, token, *outcome, clock_.now());
    completed_.Increment();
  } else if (job.attempts_made + 1 < job.attempts_allowed) {
    recorded = store.retry(job, token, std::string(outcome.error().message()), backoff(job), clock_.now());
    retried_.Increment();
    logger_.warning("an attempt failed and will be repeated", {{"queue", job.queue},
                                                               {"job", job.id},
                                                               {"name", job.name},
                                                               {"attempt", job.attempts_made + 1},
                                                               {"reason", outcome.error().message()}});
  } else {
    recorded = store.give_up(job, token, std::string(outcome.error().message()), clock_.now());
    failed_.Increment();
    logger_.error("a job failed for good", {{"queue", job.queue},
                                            {"job", job.id},
                                            {"name", job.name},
                                            {"attempts", job.attempts_made + 1},
                                            {"reason", outcome.error().message()}});
  }
  if (!recorded) {
    // The job will be taken again once its lock has run out.
    logger_.warning("the outcome of a job could not be recorded",
                    {{"queue", job.queue}, {"job", job.id}, {"reason", recorded.error().message()}});
  }
  const std::lock_guard lock(mutex_);
  held_.erase(job.id);
}

void Worker::maintain(const std::stop_token& stop) {
  redis::Client client(options_.redis);
  JobStore store(client, options_.prefix, options_.queue);
  auto next_renewal = clock_.steady_now();
  auto next_check = clock_.steady_now();
  const auto tick =
      std::min({options_.lock_duration / 4, options_.stalled_interval / 4, std::chrono::milliseconds(1000)});
  while (!stop.stop_requested()) {
    const auto now = clock_.steady_now();
    if (now >= next_renewal) {
      std::unordered_map<std::string, std::string> held;
      {
        const std::lock_guard lock(mutex_);
        held = held_;
      }
      next_renewal = now + options_.lock_duration / 2;
      if (const auto lost =
              held.empty() ? Result<std::vector<std::string>>{} : store.extend_locks(held, options_.lock_duration);
          lost) {
        for (const auto& id : *lost)
          logger_.warning("the lock of a job was lost", {{"queue", options_.queue}, {"job", id}});
      }
    }
    if (now >= next_check) {
      next_check = now + options_.stalled_interval;
      if (const auto recovered = store.recover_stalled(options_.stalled_interval); recovered) {
        stalled_.Increment(static_cast<double>(recovered->size()));
        for (const auto& id : *recovered)
          logger_.warning("a job was taken back from a worker that died", {{"queue", options_.queue}, {"job", id}});
      }
    }
    pause(stop, tick);
  }
}

}  // namespace busflow::jobs
