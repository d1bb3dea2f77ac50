#include <platform/redis/shared_calls.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace busflow::redis {

class SharedCalls::Lease {
 public:
  explicit Lease(SharedCalls& owner) : owner_(owner) {
    const std::lock_guard lock(owner.mutex_);
    // One is free: no more batches are under way than there are connections.
    while (owner.is_taken_.at(number_)) ++number_;
    owner.is_taken_.at(number_) = true;
  }
  ~Lease() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.is_taken_.at(number_) = false;
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Client& client() { return owner_.clients_.at(number_); }

 private:
  SharedCalls& owner_;
  std::size_t number_ = 0;
};

Result<std::vector<Result<Reply>>> SharedCalls::evaluate_all(std::vector<ScriptCall> calls) {
  Request request{.calls = std::move(calls)};
  gathering_.run(request, [this](std::span<Request* const> batch) { send(batch); });
  return std::move(request.replies);
}

void SharedCalls::send(std::span<Request* const> batch) {
  std::vector<ScriptCall> calls;
  for (Request* request : batch) std::ranges::move(request->calls, std::back_inserter(calls));
  auto replies = Lease(*this).client().evaluate_all(calls);
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
