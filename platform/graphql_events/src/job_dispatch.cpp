#include <algorithm>
#include <atomic>
#include <utility>

#include <platform/jobs/worker.hpp>

#include "dispatch.hpp"
#include "ticket_job.hpp"

namespace busflow::graphql_events {
namespace {

using std::chrono::milliseconds;

// How often a call is tried is in the database, whatever number of processes died with its job.
constexpr int kMostStalls = 1'000'000;

/// When a worker dies, its job does not outlive the lease of its call for long: then the call gets a new one.
milliseconds lock_duration(const DelivererOptions& options) {
  return std::clamp(milliseconds(options.lease) / 2, milliseconds(500), milliseconds(30000));
}

jobs::WorkerOptions worker_options(const JobQueueOptions& jobs, const DelivererOptions& options) {
  return {.redis = jobs.redis,
          .prefix = jobs.prefix,
          .queue = jobs.queue,
          .concurrency = options.threads,
          .lock_duration = lock_duration(options),
          .stalled_interval = lock_duration(options),
          .max_stalled = kMostStalls};
}

bool is_last(const jobs::Attempt& attempt) { return attempt.job.attempts_made + 1 >= attempt.job.attempts_allowed(); }

/// Reserves calls that are due and tells of them in jobs; claims and makes those whose jobs it gets. The lease in the
/// database says who may make a call, so a job that runs twice, or whose lock is lost, does no harm.
class JobDispatch : public Dispatch {
 public:
  JobDispatch(const JobQueueOptions& jobs, const DelivererOptions& options, Deliverer::FindQueues find_queues,
              Calls& calls, DelivererParts parts)
      : job_queue_(jobs.queue),
        batch_(options.batch),
        lease_(options.lease),
        find_queues_(std::move(find_queues)),
        calls_(calls),
        parts_(std::move(parts)),
        client_(jobs.redis, jobs.prefix, parts_.clock),
        worker_(worker_options(jobs, options), [this](jobs::Attempt& attempt) { return run(attempt); },
                {parts_.clock, parts_.identifiers, parts_.logger, parts_.metrics}) {}

  void start() override { worker_.start(); }

  void stop() override {
    is_stopping_ = true;
    worker_.stop();
  }

  bool send(const Deliverer::Queues& queues) override {
    const auto counts = client_.counts(job_queue_);
    if (!note(counts)) return false;  // Nothing is reserved that could not be passed on.
    const auto waiting = static_cast<std::size_t>(counts->waiting);
    if (waiting > batch_ / 2) return false;  // Looking costs statements: many at a time.
    std::size_t room = batch_ - waiting;
    for (const auto& queue : queues) {
      if (room > 0) room -= send_from(*queue, room);
    }
    return room == 0;
  }

 private:
  /// How many jobs were added.
  std::size_t send_from(Queue& queue, std::size_t most) {
    auto context = statement_context(parts_);
    const auto reserved = queue.reserve(context, most, lease_);
    if (!reserved) {
      parts_.logger.warning("calls that are due cannot be read",
                            {{"queue", queue.name()}, {"reason", reserved.error().message()}});
      return 0;
    }
    std::vector<jobs::NewJob> added;
    for (const Ticket& ticket : *reserved)
      added.push_back(to_job(job_queue_, {.queue = queue.name(), .ticket = ticket}));
    if (added.empty()) return 0;
    if (note(client_.add_bulk(added))) return added.size();
    give_back(queue, *reserved);
    return 0;
  }

  void give_back(Queue& queue, const std::vector<Ticket>& reserved) {
    std::set<std::string> ids;
    for (const Ticket& ticket : reserved) ids.insert(ticket.id);
    auto context = statement_context(parts_);
    if (const auto done = queue.give_back(context, ids, Held::kReserved); !done)
      parts_.logger.warning("calls wait for their lease to end",
                            {{"queue", queue.name()}, {"reason", done.error().message()}});
  }

  /// Whether Redis did it. An outage is logged once.
  template <class T>
  bool note(const Result<T>& outcome) {
    const bool was_away = std::exchange(is_away_, !outcome);
    if (!outcome && !was_away) {
      parts_.logger.warning("the job queue cannot be reached: calls wait in the database",
                            {{"queue", job_queue_}, {"reason", outcome.error().message()}});
    }
    if (outcome && was_away) parts_.logger.info("calls go to the job queue again", {{"queue", job_queue_}});
    return outcome.has_value();
  }

  jobs::Outcome run(jobs::Attempt& attempt) {
    if (is_stopping_) return jobs::Outcome::given_back();
    const auto queued = ticket_of(attempt.job.data);
    if (!queued)
      return jobs::Outcome::unrecoverable({.name = ErrorName::kBadRequest, .detail = "this job tells of no call"});
    const auto queue = find(*queued);
    if (!queue) return unknown(attempt, *queued);
    auto context = statement_context(parts_);
    const auto claimed = queue->claim(context, queued->ticket, lease_);
    if (!claimed) return jobs::Outcome::failed(claimed.error());
    if (const std::optional<Delivery>& delivery = *claimed) {
      calls_.begin(queue, delivery->ticket.id);
      calls_.make(*queue, *delivery);
    }
    return jobs::Outcome::completed(nullptr);
  }

  std::shared_ptr<Queue> find(const QueuedTicket& queued) const {
    const auto queues = find_queues_();
    const auto found = std::ranges::find_if(queues, [&](const std::shared_ptr<Queue>& queue) {
      return queue->name() == queued.queue && queue->knows(queued.ticket.trigger);
    });
    return found == queues.end() ? nullptr : *found;
  }

  /// The trigger may be so new that others know it and this process not yet: then it comes again in a moment.
  jobs::Outcome unknown(const jobs::Attempt& attempt, const QueuedTicket& queued) {
    if (!is_last(attempt))
      return jobs::Outcome::failed({.name = ErrorName::kNotFound, .detail = "there is no such trigger here"});
    parts_.logger.warning("a call whose trigger is gone is not made",
                          {{"queue", queued.queue}, {"trigger", queued.ticket.trigger}, {"id", queued.ticket.id}});
    return jobs::Outcome::completed(nullptr);
  }

  const std::string job_queue_;
  const std::size_t batch_;
  const std::chrono::seconds lease_;
  const Deliverer::FindQueues find_queues_;
  Calls& calls_;
  DelivererParts parts_;
  std::atomic<bool> is_stopping_ = false;
  bool is_away_ = false;
  jobs::QueueClient client_;
  jobs::Worker worker_;
};

}  // namespace

std::unique_ptr<Dispatch> job_dispatch(const JobQueueOptions& jobs, const DelivererOptions& options,
                                       Deliverer::FindQueues find_queues, Calls& calls, const DelivererParts& parts) {
  return std::make_unique<JobDispatch>(jobs, options, std::move(find_queues), calls, parts);
}

}  // namespace busflow::graphql_events
