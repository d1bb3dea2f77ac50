#include <platform/redis/shared_calls.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace busflow::redis {

Result<std::vector<Result<Reply>>> SharedCalls::evaluate_all(std::vector<ScriptCall> calls) {
  Pending mine{.calls = std::move(calls)};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&mine);
  mine.changed.wait(lock, [&] { return mine.is_done || (!is_sending_ && waiting_.front() == &mine); });
  if (mine.is_done) return std::move(mine.replies);

  is_sending_ = true;
  const std::deque<Pending*> batch = std::exchange(waiting_, {});
  lock.unlock();
  send(batch);
  lock.lock();
  is_sending_ = false;
  for (Pending* pending : batch) {
    pending->is_done = true;
    pending->changed.notify_one();
  }
  if (!waiting_.empty()) waiting_.front()->changed.notify_one();
  return std::move(mine.replies);
}

/// Only the thread that sends touches the batch: the others wait.
void SharedCalls::send(const std::deque<Pending*>& batch) {
  std::vector<ScriptCall> calls;
  for (Pending* pending : batch) {
    pending->count = pending->calls.size();
    std::ranges::move(pending->calls, std::back_inserter(calls));
  }
  const std::lock_guard client_lock(client_mutex_);
  auto replies = client_.evaluate_all(calls);
  std::size_t next = 0;
  for (Pending* pending : batch) {
    if (!replies) {
      pending->replies = std::unexpected(replies.error());
      continue;
    }
    const auto first = std::make_move_iterator(replies->begin() + static_cast<std::ptrdiff_t>(next));
    next += pending->count;
    pending->replies = std::vector<Result<Reply>>(first, first + static_cast<std::ptrdiff_t>(pending->count));
  }
}

}  // namespace busflow::redis
