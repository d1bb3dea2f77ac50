#include <platform/jobs/worker.hpp>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <random>
#include <thread>

#include <fmt/format.h>

#include <platform/base/pause.hpp>

#include "backoff.hpp"
#include "job_store.hpp"
#include "lock_keeper.hpp"
#include "next_iteration.hpp"

namespace busflow::jobs {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPauseAfterTrouble{500};
constexpr milliseconds kPauseBetweenRecordings{100};
constexpr milliseconds kPauseBetweenInterruptions{10};
constexpr milliseconds kLongestRest{30000};

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

}  // namespace

class Worker::Implementation {
 public:
  Implementation(WorkerOptions options, Handler handler, WorkerParts parts)
      : options_(with_name(std::move(options))),
        handler_(std::move(handler)),
        parts_(std::move(parts)),
        locks_(options_, parts_.clock, parts_.logger),
        blocking_client_(options_.redis),
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
      threads_.emplace_back([this, number](const std::stop_token& stop) { process(number, stop); });
    }
  }

  void stop() {
    for (auto& thread : threads_) thread.request_stop();
    wake_fetcher();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    maintenance_ = {};
    locks_.stop();  // Last: the handlers have finished.
  }

 private:
  /// What one handler thread works with.
  struct Desk {
    redis::Client client;
    JobStore store;
    std::string name;
    std::uint64_t tokens = 0;
    std::string token{};
    std::minstd_rand chance{std::random_device{}()};

    Desk(const WorkerOptions& options, std::size_t number)
        : client(options.redis), store(client, options), name(fmt::format("{}:{}", options.name, number)) {}
    const std::string& next_token() { return token = fmt::format("{}:{}", name, tokens++); }
  };

  void process(std::size_t number, const std::stop_token& stop) {
    Desk desk(options_, number);
    std::optional<Job> job;
    while (job || !stop.stop_requested()) {
      if (!job) job = fetch(desk, stop);
      if (!job) continue;
      const Job current = *std::move(job);
      job = run(desk, current, stop);
    }
  }

  /// One idle thread at a time asks and waits for work; the others wait for their turn. So an idle worker holds one
  /// blocking connection, however many jobs it could run.
  std::optional<Job> fetch(Desk& desk, const std::stop_token& stop) {
    std::unique_lock turn(fetch_mutex_);
    if (!fetch_turn_.wait(turn, stop, [this] { return !is_fetching_; })) return std::nullopt;
    is_fetching_ = true;
    turn.unlock();
    std::optional<Job> job;
    while (!job && !stop.stop_requested()) job = ask_or_wait(desk, stop);
    turn.lock();
    is_fetching_ = false;
    turn.unlock();
    fetch_turn_.notify_all();
    return job;
  }

  /// The one that fetches may be about to wait when it is interrupted, so it is interrupted until it has noticed.
  void wake_fetcher() {
    std::unique_lock turn(fetch_mutex_);
    while (is_fetching_) {
      blocking_client_.interrupt();
      fetch_turn_.wait_for(turn, kPauseBetweenInterruptions);
    }
  }

  std::optional<Job> ask_or_wait(Desk& desk, const std::stop_token& stop) {
    const auto rest =
        std::min(kLongestRest, std::chrono::ceil<milliseconds>(rest_until_.load() - parts_.clock.steady_now()));
    if (rest.count() > 0) {
      pause(stop, rest);
      return std::nullopt;
    }
    auto taken = desk.store.take(desk.next_token(), parts_.clock.now());
    if (!taken) {
      report_trouble(taken.error());
      pause(stop, kPauseAfterTrouble);
      return std::nullopt;
    }
    if (is_in_trouble_.exchange(false)) parts_.logger.info("the queue is back", {{"queue", options_.queue}});
    note_limits(*taken);
    if (taken->job || taken->rate_limited.count() > 0) return std::move(taken->job);
    auto longest = options_.longest_wait;
    if (const auto due = taken->next_due) longest = std::clamp(*due - parts_.clock.now(), milliseconds(1), longest);
    JobStore blocking(blocking_client_, options_);
    if (const auto waited = blocking.wait(longest); !waited && !stop.stop_requested()) report_trouble(waited.error());
    return std::nullopt;
  }

  void note_limits(const Taken& taken) {
    if (taken.rate_limited.count() > 0) rest_until_ = parts_.clock.steady_now() + taken.rate_limited;
  }

  void report_trouble(const Error& error) {
    if (is_in_trouble_.exchange(true)) return;
    parts_.logger.error("the queue cannot be reached; trying on",
                        {{"queue", options_.queue}, {"reason", error.message()}});
  }

  /// Runs the job; gives the next one, which came in the same round trip.
  std::optional<Job> run(Desk& desk, const Job& job, const std::stop_token& stop) {
    const auto lost = locks_.hold(job.id, desk.token);
    if (!job.scheduler_id.empty()) add_next_iteration(desk, job);
    const auto outcome = attempt(desk, job, lost);
    // Until the outcome is recorded the lock is renewed: Redis may be away for a moment.
    const auto taken = record(desk, job, outcome, lost, stop);
    locks_.release(desk.token);
    if (!taken) {
      parts_.logger.warning("the outcome of a job could not be recorded",
                            {{"queue", job.queue}, {"job", job.id}, {"reason", taken.error().message()}});
      return std::nullopt;
    }
    note_limits(*taken);
    return taken->job;
  }

  void add_next_iteration(Desk& desk, const Job& job) {
    const auto added = jobs::add_next_iteration(desk.client, options_, job, parts_.clock.now());
    if (!added) {
      parts_.logger.error("the next job of a scheduler could not be added",
                          {{"queue", job.queue}, {"job", job.id}, {"reason", added.error().message()}});
    }
  }

  Outcome attempt(Desk& desk, const Job& job, const std::stop_token& lost) {
    if (!job.deferred_failure.empty())
      return Outcome::unrecoverable(Error{.name = ErrorName::kInternal, .detail = job.deferred_failure});
    Context context{.clock = parts_.clock,
                    .identifiers = parts_.identifiers,
                    .trace = trace_of(job),
                    .request_id = job.id,
                    .cancellation = lost,
                    .fencing_token = job.attempts_started};
    if (options_.job_timeout.count() > 0) context.deadline = parts_.clock.steady_now() + options_.job_timeout;
    Attempt attempt(context, job, desk.client, options_.prefix);
    try {
      return handler_(attempt);
    } catch (const std::exception& fault) {
      return Outcome::failed(Error{.name = ErrorName::kInternal, .detail = fault.what()});
    }
  }

  /// Tries until Redis has it, or the lock is lost and with it the right to say how the job ended.
  Result<Taken> record(Desk& desk, const Job& job, const Outcome& outcome, const std::stop_token& lost,
                       const std::stop_token& stop) {
    const std::string token = desk.token;
    for (;;) {
      const Ending ending{.job = job, .token = token, .take_next = !stop.stop_requested()};
      auto taken = record_once(desk, ending, outcome);
      if (taken || taken.error().name != ErrorName::kRedisUnavailable || lost.stop_requested()) return taken;
      report_trouble(taken.error());
      pause(lost, kPauseBetweenRecordings);
    }
  }

  Result<Taken> record_once(Desk& desk, const Ending& ending, const Outcome& outcome) {
    const auto now = parts_.clock.now();
    switch (outcome.kind) {
      case Outcome::Kind::kCompleted: return complete(desk, ending, outcome, now);
      case Outcome::Kind::kFailed: return fail_attempt(desk, ending, outcome.error, now);
      case Outcome::Kind::kUnrecoverable: return give_up(desk, ending, outcome.error, now);
      case Outcome::Kind::kPostponed: return desk.store.postpone(ending, outcome.delay, now);
      case Outcome::Kind::kRateLimited:
        BUSFLOW_CHECK(desk.store.limit_rate(outcome.delay));
        rest_until_ = parts_.clock.steady_now() + outcome.delay;
        break;
      case Outcome::Kind::kWaitsForChildren: {
        BUSFLOW_TRY(const bool is_waiting, desk.store.wait_for_children(ending.job, ending.token, now));
        if (is_waiting) return Taken{};
        break;
      }
      case Outcome::Kind::kGivenBack: break;
    }
    BUSFLOW_CHECK(desk.store.give_back(ending.job, ending.token));
    return Taken{};
  }

  Result<Taken> complete(Desk& desk, const Ending& ending, const Outcome& outcome, WallTime now) {
    auto taken = desk.store.complete(ending, json::serialize(outcome.value), now);
    if (taken) {
      completed_.Increment();
    } else if (taken.error().name == ErrorName::kStateConflict) {  // Children are pending or failed.
      return give_up(desk, ending, taken.error(), now);
    }
    return taken;
  }

  Result<Taken> fail_attempt(Desk& desk, const Ending& ending, const Error& error, WallTime now) {
    const auto& job = ending.job;
    const Chance chance = [&desk] { return std::uniform_real_distribution<>(0, 1)(desk.chance); };
    const auto delay = next_delay(job, error, options_, chance);
    if (!delay) return give_up(desk, ending, delay.error(), now);
    const std::optional<milliseconds> pause_before = *delay;
    if (!pause_before) return give_up(desk, ending, error, now);
    auto taken = desk.store.retry(ending, std::string(error.message()), *pause_before, now);
    if (!taken) return taken;
    retried_.Increment();
    parts_.logger.warning("an attempt failed and will be repeated", {{"queue", job.queue},
                                                                     {"job", job.id},
                                                                     {"name", job.name},
                                                                     {"attempt", job.attempts_made + 1},
                                                                     {"reason", error.message()}});
    return taken;
  }

  Result<Taken> give_up(Desk& desk, const Ending& ending, const Error& error, WallTime now) {
    const auto& job = ending.job;
    auto taken = desk.store.give_up(ending, std::string(error.message()), now);
    if (!taken) return taken;
    failed_.Increment();
    parts_.logger.error("a job failed for good", {{"queue", job.queue},
                                                  {"job", job.id},
                                                  {"name", job.name},
                                                  {"attempts", job.attempts_made + 1},
                                                  {"reason", error.message()}});
    return taken;
  }

  /// Takes jobs back from dead workers, and keeps groups moving when workers in other languages end their jobs.
  void maintain(const std::stop_token& stop) {
    redis::Client client(options_.redis);
    JobStore store(client, options_);
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
  redis::Client blocking_client_;
  std::mutex fetch_mutex_;
  std::condition_variable_any fetch_turn_;
  bool is_fetching_ = false;
  std::atomic<bool> is_in_trouble_ = false;
  std::atomic<SteadyTime> rest_until_{SteadyTime()};
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
