#include "lock_keeper.hpp"

#include <algorithm>
#include <vector>

#include <platform/base/pause.hpp>

#include "job_store.hpp"

namespace busflow::jobs {

LockKeeper::LockKeeper(const WorkerOptions& options, const Clock& clock, telemetry::Logger logger)
    : options_(options), clock_(clock), logger_(std::move(logger)) {}

LockKeeper::~LockKeeper() { stop(); }

void LockKeeper::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void LockKeeper::stop() { thread_ = {}; }

std::stop_token LockKeeper::hold(const std::string& id, const std::string& token) {
  const std::lock_guard guard(mutex_);
  auto& lock = held_[token];
  lock = {.id = id, .renewed = clock_.steady_now()};
  return lock.loss.get_token();
}

void LockKeeper::release(const std::string& token) {
  const std::lock_guard guard(mutex_);
  held_.erase(token);
}

void LockKeeper::lose(const std::string& token) {
  const auto lock = held_.find(token);
  if (lock == held_.end() || lock->second.loss.stop_requested()) return;
  logger_.warning("the lock of a job was lost; its handler is cancelled",
                  {{"queue", options_.queue}, {"job", lock->second.id}});
  lock->second.loss.request_stop();
}

void LockKeeper::run(const std::stop_token& stop) {
  auto connection = options_.redis;
  connection.timeout = std::min(connection.timeout, options_.lock_duration / 2);
  redis::Client client(connection);
  // Often enough that no lock waits longer than half its time, whenever it was taken.
  const auto tick =
      std::clamp(options_.lock_duration / 8, std::chrono::milliseconds(10), std::chrono::milliseconds(1000));
  while (!stop.stop_requested()) {
    renew(client);
    pause(stop, tick);
  }
}

void LockKeeper::renew(redis::Client& client) {
  std::vector<std::string> ids;
  std::vector<std::string> tokens;
  const auto now = clock_.steady_now();
  {
    const std::lock_guard guard(mutex_);
    for (const auto& [token, lock] : held_) {
      if (now - lock.renewed < options_.lock_duration / 2) continue;
      ids.push_back(lock.id);
      tokens.push_back(token);
    }
  }
  if (ids.empty()) return;
  const auto lost = JobStore(client, options_).extend_locks(ids, tokens);
  const std::lock_guard guard(mutex_);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto lock = held_.find(tokens[i]);
    if (lock == held_.end()) continue;
    if (lost && std::ranges::find(*lost, ids[i]) == lost->end()) lock->second.renewed = now;
    // Whether Redis said so, or could not be asked until the time was over: the job may be another's now.
    const bool is_over = clock_.steady_now() - lock->second.renewed >= options_.lock_duration;
    if ((lost && lock->second.renewed != now) || is_over) lose(tokens[i]);
  }
}

}  // namespace busflow::jobs
