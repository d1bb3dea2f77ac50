#include <platform/jobs/worker.hpp>

#include <algorithm>
#include <exception>
#include <random>
#include <thread>

#include <platform/base/pause.hpp>

#include "backoff.hpp"
#include "job_exchange.hpp"
#include "job_store.hpp"
#include "lock_keeper.hpp"
#include "next_iteration.hpp"

namespace busflow::jobs {
namespace {

using std::chrono::milliseconds;

telemetry::Labels labels(const WorkerOptions& options) { return {{"queue", options.queue}}; }

WorkerOptions with_name(WorkerOptions options) {
  if (options.name.empty()) options.name = RandomIdentifierSource{}.next().to_string();
  return options;
}

TraceContext trace_of(const Job& job) {
  const auto* stored = job.options.if_contains("tm");
  if (stored != nullptr && stored->is_string()) {
    const auto parsed = json::parse(std::string_view(stored->get_string()));
    const auto* object = parsed ? parsed->if_object() : nullptr;
    const auto* text = object == nullptr ? nullptr : object->if_contains("traceparent");
    if (text != nullptr && text->is_string()) {
      if (const auto trace = TraceContext::parse(std::string_view(text->get_string()))) return trace->child();
    }
  }
  return TraceContext::start();
}

/// From 0 to 1.
double chance() {
  thread_local std::minstd_rand source{std::random_device{}()};
  return std::uniform_real_distribution<>(0, 1)(source);
}

}  // namespace

class Worker::Implementation {
 public:
  Implementation(WorkerOptions options, Handler handler, WorkerParts parts)
      : options_(with_name(std::move(options))),
        handler_(std::move(handler)),
        parts_(std::move(parts)),
        locks_(options_, parts_.clock, parts_.logger),
        exchange_(options_, parts_.clock, parts_.logger, locks_,
                  [this](const Job& job, const Result<void>& recorded) { report(job, recorded); }),
        completed_(parts_.metrics.counter("jobs_completed_total", "Jobs that ended well.", labels(options_))),
        failed_(
            parts_.metrics.counter("jobs_failed_total", "Jobs that ended in failure: dead letters.", labels(options_))),
        retried_(parts_.metrics.counter("jobs_retried_total", "Attempts that failed and will be repeated.",
                                        labels(options_))),
        stalled_(parts_.metrics.counter("jobs_stalled_total", "Jobs taken back from workers that died.",
                                        labels(options_))) {}

  void start() {
    locks_.start();
    maintenance_ = std::jthread([this](const std::stop_token& stop) { maintain(stop); });
    for (std::size_t number = 0; number < options_.concurrency; ++number) {
      threads_.emplace_back([this](const std::stop_token& stop) { process(stop); });
    }
  }

  void stop() {
    for (auto& thread : threads_) thread.request_stop();
    exchange_.interrupt();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    maintenance_ = {};
    locks_.stop();  // Last: the handlers have finished.
  }

 private:
  void process(const std::stop_token& stop) {
    JobConnection desk(options_);  // For what concerns one job.
    while (auto work = exchange_.next(stop)) run(desk, *std::move(work));
  }

  void run(JobConnection& desk, Work work) {
    if (work.refused) {  // Children are pending or failed.
      record(desk.store, work, Outcome::unrecoverable(*work.refused));
      exchange_.let_go(work);
      return;
    }
    if (!work.job.scheduler_id.empty()) add_next_iteration(desk, work.job);
    const auto outcome = attempt(desk, work);
    if (outcome.kind == Outcome::Kind::kCompleted) {
      exchange_.complete(std::move(work), json::serialize(outcome.value));
      return;
    }
    record(desk.store, work, outcome);
    exchange_.let_go(work);
  }

  void add_next_iteration(JobConnection& desk, const Job& job) {
    const auto added = jobs::add_next_iteration(desk.client, options_, job, parts_.clock.now());
    if (!added) {
      parts_.logger.error("the next job of a scheduler could not be added",
                          {{"queue", job.queue}, {"job", job.id}, {"reason", added.error().message()}});
    }
  }

  Outcome attempt(JobConnection& desk, const Work& work) {
    const auto& job = work.job;
    if (!job.deferred_failure.empty())
      return Outcome::unrecoverable(Error{.name = ErrorName::kInternal, .detail = job.deferred_failure});
    Context context{.clock = parts_.clock,
                    .identifiers = parts_.identifiers,
                    .trace = trace_of(job),
                    .request_id = job.id,
                    .cancellation = work.lost,
                    .fencing_token = job.attempts_started};
    if (options_.job_timeout.count() > 0) context.deadline = parts_.clock.steady_now() + options_.job_timeout;
    Attempt attempt(context, job, desk.client, options_.prefix);
    try {
      return handler_(attempt);
    } catch (const std::exception& fault) {
      return Outcome::failed(Error{.name = ErrorName::kInternal, .detail = fault.what()});
    }
  }

  /// Of a job that succeeded.
  void report(const Job& job, const Result<void>& recorded) {
    if (recorded) {
      completed_.Increment();
    } else {
      warn_not_recorded(job, recorded.error());
    }
  }

  void warn_not_recorded(const Job& job, const Error& error) {
    parts_.logger.warning("the outcome of a job could not be recorded",
                          {{"queue", job.queue}, {"job", job.id}, {"reason", error.message()}});
  }

  /// Tries until Redis has it, or the lock is lost and with it the right to say how the job ended. Until then the lock
  /// is renewed: Redis may be away for a moment.
  void record(JobStore& store, const Work& work, const Outcome& outcome) {
    for (;;) {
      const auto recorded = record_once(store, work, outcome);
      if (recorded) return;
      if (!may_pass(recorded.error()) || work.lost.stop_requested()) {
        warn_not_recorded(work.job, recorded.error());
        return;
      }
      exchange_.report_trouble(recorded.error());
      pause(work.lost, kPauseBetweenRecordings);
    }
  }

  Result<void> record_once(JobStore& store, const Work& work, const Outcome& outcome) {
    const auto& job = work.job;
    const auto& token = work.token;
    const auto now = parts_.clock.now();
    switch (outcome.kind) {
      case Outcome::Kind::kFailed: return fail_attempt(store, work, outcome.error, now);
      case Outcome::Kind::kUnrecoverable: return give_up(store, work, outcome.error, now);
      case Outcome::Kind::kPostponed: return store.postpone(job, token, outcome.delay, now);
      case Outcome::Kind::kRateLimited:
        BUSFLOW_CHECK(store.limit_rate(outcome.delay));
        exchange_.rest(outcome.delay);
        break;
      case Outcome::Kind::kWaitsForChildren: {
        BUSFLOW_TRY(const bool is_waiting, store.wait_for_children(job, token, now));
        if (is_waiting) return {};
        break;
      }
      case Outcome::Kind::kCompleted:  // Goes with others: see run.
      case Outcome::Kind::kGivenBack: break;
    }
    return store.give_back(job, token);
  }

  Result<void> fail_attempt(JobStore& store, const Work& work, const Error& error, WallTime now) {
    const auto& job = work.job;
    const auto delay = next_delay(job, error, options_, chance);
    if (!delay) return give_up(store, work, delay.error(), now);
    const std::optional<milliseconds> pause_before = *delay;
    if (!pause_before) return give_up(store, work, error, now);
    BUSFLOW_CHECK(store.retry(job, work.token, std::string(error.message()), *pause_before, now));
    retried_.Increment();
    parts_.logger.warning("an attempt failed and will be repeated", {{"queue", job.queue},
                                                                     {"job", job.id},
                                                                     {"name", job.name},
                                                                     {"attempt", job.attempts_made + 1},
                                                                     {"reason", error.message()}});
    return {};
  }

  Result<void> give_up(JobStore& store, const Work& work, const Error& error, WallTime now) {
    const auto& job = work.job;
    BUSFLOW_CHECK(store.give_up(job, work.token, std::string(error.message()), now));
    failed_.Increment();
    parts_.logger.error("a job failed for good", {{"queue", job.queue},
                                                  {"job", job.id},
                                                  {"name", job.name},
                                                  {"attempts", job.attempts_made + 1},
                                                  {"reason", error.message()}});
    return {};
  }

  /// Takes jobs back from dead workers, and keeps groups moving when workers in other languages end their jobs.
  void maintain(const std::stop_token& stop) {
    JobConnection connection(options_);
    auto& store = connection.store;
    auto next_check = parts_.clock.steady_now();
    const auto tick = std::min(options_.stalled_interval / 4, milliseconds(1000));
    while (!stop.stop_requested()) {
      if (options_.has_groups) static_cast<void>(store.feed_groups(parts_.clock.now()));  // Tried again in a moment.
      if (const auto now = parts_.clock.steady_now(); now >= next_check) {
        next_check = now + options_.stalled_interval;
        recover_stalled(store);
      }
      pause(stop, tick);
    }
  }

  void recover_stalled(JobStore& store) {
    const auto recovered = store.recover_stalled(parts_.clock.now());
    if (!recovered) return;  // The threads that look for work say it.
    stalled_.Increment(static_cast<double>(recovered->size()));
    for (const auto& id : *recovered) {
      parts_.logger.warning("a job was taken back from a worker that died", {{"queue", options_.queue}, {"job", id}});
    }
  }

  const WorkerOptions options_;
  const Handler handler_;
  const WorkerParts parts_;
  LockKeeper locks_;
  JobExchange exchange_;
  prometheus::Counter& completed_;
  prometheus::Counter& failed_;
  prometheus::Counter& retried_;
  prometheus::Counter& stalled_;
  std::vector<std::jthread> threads_;
  std::jthread maintenance_;
};

Worker::Worker(WorkerOptions options, Handler handler, WorkerParts parts)
    : implementation_(std::make_unique<Implementation>(std::move(options), std::move(handler), std::move(parts))) {}

Worker::~Worker() { stop(); }

void Worker::start() { implementation_->start(); }

void Worker::stop() { implementation_->stop(); }

}  // namespace busflow::jobs
