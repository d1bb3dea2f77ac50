#include "job_exchange.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/base/pause.hpp>

namespace busflow::jobs {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLargestBatch = 100;  // Of jobs in one script: others wait for Redis meanwhile.
constexpr milliseconds kPauseAfterTrouble{500};
constexpr milliseconds kPauseBetweenRecordings{100};
constexpr milliseconds kPauseBetweenInterruptions{10};
constexpr milliseconds kLongestRest{30000};

}  // namespace

JobExchange::JobExchange(const WorkerOptions& options, const Clock& clock, telemetry::Logger logger, LockKeeper& locks,
                         Report report)
    : options_(options),
      clock_(clock),
      logger_(std::move(logger)),
      locks_(locks),
      report_(std::move(report)),
      first_line_(options),
      second_line_(options),
      blocking_client_(options.redis),
      free_lines_{&second_line_, &first_line_} {}

std::optional<Work> JobExchange::next(const std::stop_token& stop) {
  std::unique_lock guard(mutex_);
  for (;;) {
    switch (next_step(stop)) {
      case Step::kRun: {
        auto work = std::move(ready_.front());
        ready_.pop_front();
        wake_another(stop);
        return work;
      }
      case Step::kExchange: exchange(guard, stop); break;
      case Step::kWait: wait_for_work(guard, stop); break;
      case Step::kStandBy: stand_by(guard); break;
      case Step::kEnd: changed_.notify_all(); return std::nullopt;
    }
  }
}

/// Jobs that are ready come first, so that successes gather meanwhile. But half of all jobs are enough, and then they
/// do not wait for the round trip before: Redis works on one half while the threads work on the other.
JobExchange::Step JobExchange::next_step(const std::stop_token& stop) const {
  const bool has_room = !stop.stop_requested() && held_ < options_.concurrency;
  const auto enough = std::max<std::size_t>(1, options_.concurrency / 2);
  if (successes_.size() >= enough && !free_lines_.empty()) return Step::kExchange;
  if (!ready_.empty()) return Step::kRun;
  if (!is_exchanging()) {
    if (!successes_.empty() || (has_room && may_be_more_ && !is_resting())) return Step::kExchange;
    if (has_room && !is_waiting_) return Step::kWait;
    if (stop.stop_requested()) return Step::kEnd;
  }
  return Step::kStandBy;
}

/// One at a time is enough: it wakes the next where there is more to do.
void JobExchange::wake_another(const std::stop_token& stop) {
  if (standing_by_ == 0 || is_waking_) return;
  const auto step = next_step(stop);
  if (step == Step::kStandBy || step == Step::kEnd) return;
  is_waking_ = true;
  changed_.notify_one();
}

void JobExchange::stand_by(std::unique_lock<std::mutex>& guard) {
  ++standing_by_;
  changed_.wait(guard);
  --standing_by_;
  is_waking_ = false;
}

void JobExchange::complete(Work work, std::string return_value) {
  const std::lock_guard guard(mutex_);
  successes_.push_back({std::move(work), std::move(return_value)});
}

void JobExchange::let_go(const Work& work) {
  locks_.release(work.token);
  const std::lock_guard guard(mutex_);
  --held_;
}

void JobExchange::rest(milliseconds time) {
  const std::lock_guard guard(mutex_);
  rest_until_ = clock_.steady_now() + time;
}

void JobExchange::interrupt() {
  std::unique_lock guard(mutex_);
  changed_.notify_all();
  while (is_waiting_) {  // It may be about to wait when it is interrupted, so it is until it has noticed.
    blocking_client_.interrupt();
    waited_.wait_for(guard, kPauseBetweenInterruptions);
  }
}

void JobExchange::report_trouble(const Error& error) {
  if (is_in_trouble_.exchange(true)) return;
  logger_.error("the queue cannot be reached; trying on", {{"queue", options_.queue}, {"reason", error.message()}});
}

std::vector<std::string> JobExchange::next_tokens(std::size_t count) {
  std::vector<std::string> tokens(std::min(count, kLargestBatch));
  for (auto& token : tokens) token = fmt::format("{}:{}", options_.name, token_count_++);
  return tokens;
}

void JobExchange::exchange(std::unique_lock<std::mutex>& guard, const std::stop_token& stop) {
  auto* line = free_lines_.back();
  free_lines_.pop_back();
  wake_another(stop);
  std::vector<Success> successes;
  while (!successes_.empty() && successes.size() < kLargestBatch) {
    successes.push_back(std::move(successes_.front()));
    successes_.pop_front();
  }
  const bool takes = !stop.stop_requested() && !is_resting();
  const auto tokens = next_tokens(takes ? options_.concurrency - held_ + successes.size() : 0);
  held_ += tokens.size();
  held_ -= successes.size();
  // What the waiting thread learns from now on, Redis may not have known when it answered.
  if (!tokens.empty()) may_be_more_ = false;
  guard.unlock();

  std::vector<Completion> completions;
  for (const auto& [work, return_value] : successes) completions.push_back({work.job, work.token, return_value});
  auto exchanged = line->store.exchange(completions, tokens, clock_.now());
  if (exchanged) {
    receive(*std::move(exchanged), line->store, successes, tokens);
  } else {
    keep(std::move(successes), line->store, exchanged.error(), stop);
  }
  guard.lock();
  held_ -= tokens.size();  // What came of them is counted by now.
  free_lines_.push_back(line);
  if (stop.stop_requested()) changed_.notify_all();
}

void JobExchange::receive(Exchanged exchanged, JobStore& store, const std::vector<Success>& successes,
                          const std::vector<std::string>& tokens) {
  if (is_in_trouble_.exchange(false)) logger_.info("the queue is back", {{"queue", options_.queue}});
  std::vector<Work> works;
  for (auto& job : exchanged.taken.jobs) {
    const auto& token = tokens[works.size()];
    auto lost = locks_.hold(job.id, token);
    works.push_back({std::move(job), token, std::move(lost)});
  }
  for (std::size_t i = 0; i < successes.size(); ++i) {
    report_(store, successes[i].work, exchanged.completions[i]);
    locks_.release(successes[i].work.token);
  }
  const std::lock_guard guard(mutex_);
  held_ += works.size();
  std::ranges::move(works, std::back_inserter(ready_));
  if (tokens.empty()) return;
  may_be_more_ = may_be_more_ || exchanged.taken.may_be_more;
  next_due_ = exchanged.taken.next_due;
  if (exchanged.taken.rate_limited.count() > 0) rest_until_ = clock_.steady_now() + exchanged.taken.rate_limited;
}

/// Tries again until Redis has it, or the lock is lost and with it the right to say how the job ended.
void JobExchange::keep(std::vector<Success> successes, JobStore& store, const Error& error,
                       const std::stop_token& stop) {
  report_trouble(error);
  const bool may_pass = error.name == ErrorName::kRedisUnavailable || error.name == ErrorName::kRedisFull;
  std::vector<Success> kept;
  for (auto& success : successes) {
    if (may_pass && !success.work.lost.stop_requested()) {
      kept.push_back(std::move(success));
    } else {
      report_(store, success.work, std::unexpected(error));
      locks_.release(success.work.token);
    }
  }
  if (kept.empty()) {
    pause(stop, kPauseAfterTrouble);
  } else {
    pause(kept.front().work.lost, kPauseBetweenRecordings);
  }
  const std::lock_guard guard(mutex_);
  held_ += kept.size();
  successes_.insert(successes_.begin(), std::move_iterator(kept.begin()), std::move_iterator(kept.end()));
  may_be_more_ = true;
}

void JobExchange::wait_for_work(std::unique_lock<std::mutex>& guard, const std::stop_token& stop) {
  is_waiting_ = true;
  const auto rest = std::min(kLongestRest, std::chrono::ceil<milliseconds>(rest_until_ - clock_.steady_now()));
  const auto due = next_due_;
  guard.unlock();
  if (rest.count() > 0) {
    pause(stop, rest);
  } else {
    auto longest = options_.longest_wait;
    if (due) longest = std::clamp(*due - clock_.now(), milliseconds(1), longest);
    JobStore blocking(blocking_client_, options_);
    if (const auto waited = blocking.wait(longest); !waited && !stop.stop_requested()) report_trouble(waited.error());
  }
  guard.lock();
  is_waiting_ = false;
  may_be_more_ = true;
  waited_.notify_all();
}

}  // namespace busflow::jobs
