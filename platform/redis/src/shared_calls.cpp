#include <platform/redis/shared_calls.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace busflow::redis {

Result<std::vector<Result<Reply>>> SharedCalls::evaluate_all(std::vector<ScriptCall> calls) {
  Request request{.calls = std::move(calls)};
  gathering_.run(request, [this](std::span<Request* const> batch) { send(batch); });
  return std::move(request.replies);
}

void SharedCalls::send(std::span<Request* const> batch) {
  std::vector<ScriptCall> calls;
  for (Request* request : batch) std::ranges::move(request->calls, std::back_inserter(calls));
  const std::lock_guard client_lock(client_mutex_);
  auto replies = client_.evaluate_all(calls);
  std::size_t next = 0;
  for (Request* request : batch) {
    if (!replies) {
      request->replies = std::unexpected(replies.error());
      continue;
    }
    const auto first = std::make_move_iterator(replies->begin() + static_cast<std::ptrdiff_t>(next));
    next += request->count;
    request->replies = std::vector<Result<Reply>>(first, first + static_cast<std::ptrdiff_t>(request->count));
  }
}

}  // namespace busflow::redis
