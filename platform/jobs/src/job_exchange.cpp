#include "job_exchange.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/base/pause.hpp>

namespace busflow::jobs {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLargestBatch = 100;  // Of jobs in one script: others wait for Redis meanwhile.
constexpr milliseconds kPauseAfterTrouble{500};
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
      lines_{JobConnection(options), JobConnection(options)},
      blocking_client_(options.redis),
      free_lines_{&lines_[1], &lines_[0]} {}

std::optional<Work> JobExchange::next(const std::stop_token& stop) {
  std::unique_lock guard(mutex_);
  for (;;) {
    switch (next_step(stop)) {
      case Step::kRun: {
        auto work = std::move(ready_.front());
        ready_.pop_front();
        if (work.lost.stop_requested()) {  // Another worker may have it by now.
          forget(work);
          break;
        }
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
  const std::lock_guard guard(mutex_);
  forget(work);
}

/// What held back others, a limit of the queue's or of a group's, may do so no more.
void JobExchange::forget(const Work& work) {
  locks_.release(work.token);
  --held_;
  may_be_more_ = true;
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
  std::vector<Success> successes;
  while (!successes_.empty() && successes.size() < kLargestBatch) {
    successes.push_back(std::move(successes_.front()));
    successes_.pop_front();
  }
  held_ -= successes.size();
  const bool takes = !stop.stop_requested() && !is_resting();
  const auto tokens = next_tokens(takes && held_ < options_.concurrency ? options_.concurrency - held_ : 0);
  held_ += tokens.size();
  // What the waiting thread learns from now on, Redis may not have known when it answered.
  if (!tokens.empty()) may_be_more_ = false;
  wake_another(stop);
  guard.unlock();

  std::vector<Completion> completions;
  for (const auto& [work, return_value] : successes) completions.push_back({work.job, work.token, return_value});
  auto exchanged = line->store.exchange(completions, tokens, clock_.now());
  const auto lost = successes.empty() ? stop : successes.front().work.lost;
  const auto rest = settle(std::move(exchanged), std::move(successes), tokens);
  if (rest.count() > 0) pause(lost, rest);
  guard.lock();
  free_lines_.push_back(line);
  if (stop.stop_requested()) changed_.notify_all();
}

std::vector<Work> JobExchange::hold(std::vector<Job> jobs, const std::vector<std::string>& tokens) {
  std::vector<Work> works;
  for (auto& job : jobs) {
    const auto& token = tokens[works.size()];
    auto lost = locks_.hold(job.id, token);
    works.push_back({std::move(job), token, std::move(lost)});
  }
  return works;
}

bool JobExchange::is_kept(const Success& success, const Result<void>& recorded) {
  return !recorded && may_pass(recorded.error()) && !success.work.lost.stop_requested();
}

milliseconds JobExchange::settle(Exchanged exchanged, std::vector<Success> successes,
                                 const std::vector<std::string>& tokens) {
  auto works = hold(exchanged.taken ? std::move(exchanged.taken->jobs) : std::vector<Job>(), tokens);
  std::vector<Success> kept;
  const Error* trouble = exchanged.taken ? nullptr : &exchanged.taken.error();
  for (std::size_t i = 0; i < successes.size(); ++i) {
    auto& [work, return_value] = successes[i];
    const auto& recorded = exchanged.completions[i];
    if (is_kept(successes[i], recorded)) {
      trouble = &recorded.error();
      kept.push_back(std::move(successes[i]));
    } else if (!recorded && recorded.error().name == ErrorName::kStateConflict) {  // Its children have failed.
      work.refused = recorded.error();
      works.push_back(std::move(work));
    } else {
      report_(work.job, recorded);
      locks_.release(work.token);
    }
  }
  const auto rest = trouble == nullptr ? milliseconds(0) : kept.empty() ? kPauseAfterTrouble : kPauseBetweenRecordings;
  if (trouble != nullptr) {
    report_trouble(*trouble);
  } else if (is_in_trouble_.exchange(false)) {
    logger_.info("the queue is back", {{"queue", options_.queue}});
  }
  const std::lock_guard guard(mutex_);
  held_ += works.size() + kept.size();
  held_ -= tokens.size();
  std::ranges::move(works, std::back_inserter(ready_));
  successes_.insert(successes_.begin(), std::move_iterator(kept.begin()), std::move_iterator(kept.end()));
  if (!tokens.empty()) note_taken(exchanged.taken);
  return rest;
}

void JobExchange::note_taken(const Result<Taken>& taken) {
  may_be_more_ = may_be_more_ || !taken || taken->may_be_more;
  if (!taken) return;
  next_due_ = taken->next_due;
  if (taken->rate_limited.count() > 0) rest_until_ = clock_.steady_now() + taken->rate_limited;
}

void JobExchange::wait_for_work(std::unique_lock<std::mutex>& guard, const std::stop_token& stop) {
  is_waiting_ = true;
  ++held_;  // For what it will ask for when it has seen that there is work.
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
  --held_;
  may_be_more_ = true;
  waited_.notify_all();
}

}  // namespace busflow::jobs
