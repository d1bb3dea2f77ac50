#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/jobs/job.hpp>
#include <platform/jobs/worker_options.hpp>
#include <platform/redis/client.hpp>
#include <platform/telemetry/logger.hpp>

#include "job_store.hpp"
#include "lock_keeper.hpp"

namespace busflow::jobs {

/// A job in hand.
struct Work {
  Job job;
  std::string token;
  std::stop_token lost;            ///< Stopped when the lock is lost: another worker may have the job.
  std::optional<Error> refused{};  ///< Why Redis did not take it as a success: it was run, and is to be recorded so.
};

/// What the threads of one worker share: jobs that were taken and wait for a thread, and jobs that succeeded and are to
/// be recorded. Whichever thread is free exchanges the second for new ones of the first, many in one round trip; while
/// there is nothing to do, one thread waits for work on a blocking connection and the others stand by. Locks are held
/// from the taking to the recording. Outages are logged once and waited out. Safe for use by several threads.
class JobExchange {
 public:
  /// Called for each job that succeeded, once it is recorded or that is given up.
  using Report = std::function<void(const Job& job, const Result<void>& recorded)>;

  JobExchange(const WorkerOptions& options, const Clock& clock, telemetry::Logger logger, LockKeeper& locks,
              Report report);

  /// The next job for the calling thread, which waits for it. Nothing when `stop` was requested and all is recorded.
  std::optional<Work> next(const std::stop_token& stop);
  /// The job succeeded; it is recorded soon.
  void complete(Work work, std::string return_value);
  /// The job was recorded by other means, or is lost.
  void let_go(const Work& work);
  /// Nothing is taken for so long.
  void rest(std::chrono::milliseconds time);
  /// Has all threads see that a stop was requested.
  void interrupt();
  void report_trouble(const Error& error);

 private:
  struct Success {
    Work work;
    std::string return_value;
  };
  enum class Step : std::uint8_t { kRun, kExchange, kWait, kStandBy, kEnd };

  Step next_step(const std::stop_token& stop) const;
  bool is_exchanging() const { return free_lines_.size() < lines_.size(); }
  bool is_resting() const { return clock_.steady_now() < rest_until_; }
  void wake_another(const std::stop_token& stop);
  void forget(const Work& work);
  void stand_by(std::unique_lock<std::mutex>& guard);
  void exchange(std::unique_lock<std::mutex>& guard, const std::stop_token& stop);
  std::vector<Work> hold(std::vector<Job> jobs, const std::vector<std::string>& tokens);
  /// Whether it is to be tried again.
  bool is_kept(const Success& success, const Result<void>& recorded);
  /// Puts where they belong what was taken and what was not recorded; how long to leave Redis alone.
  std::chrono::milliseconds settle(Exchanged exchanged, std::vector<Success> successes,
                                   const std::vector<std::string>& tokens);
  void note_taken(const Result<Taken>& taken);
  void wait_for_work(std::unique_lock<std::mutex>& guard, const std::stop_token& stop);
  std::vector<std::string> next_tokens(std::size_t count);

  const WorkerOptions& options_;
  const Clock& clock_;
  telemetry::Logger logger_;
  LockKeeper& locks_;
  const Report report_;
  std::atomic<bool> is_in_trouble_ = false;

  std::array<JobConnection, 2> lines_;  ///< Each for one round trip at a time.
  redis::Client blocking_client_;       ///< For the thread that waits for work.

  std::mutex mutex_;  ///< Guards what follows.
  std::condition_variable changed_;
  std::condition_variable waited_;
  std::deque<Work> ready_;
  std::deque<Success> successes_;
  std::size_t held_ = 0;  ///< Jobs asked for or taken, and not on their way to be recorded; and who waits for one.
  std::size_t standing_by_ = 0;
  bool is_waking_ = false;  ///< A thread that stood by is about to look.
  std::vector<JobConnection*> free_lines_;
  std::uint64_t token_count_ = 0;
  bool is_waiting_ = false;
  bool may_be_more_ = true;  ///< Work may be there to be taken.
  std::optional<WallTime> next_due_{};
  SteadyTime rest_until_{};
};

}  // namespace busflow::jobs
