#include <algorithm>
#include <atomic>

#include <platform/runtime/worker_pool.hpp>

#include "dispatch.hpp"

namespace busflow::graphql_events {
namespace {

class ThreadDispatch : public Dispatch {
 public:
  ThreadDispatch(const DelivererOptions& options, Calls& calls, DelivererParts parts)
      : batch_(options.batch),
        lease_(options.lease),
        calls_(calls),
        parts_(std::move(parts)),
        workers_(options.threads, options.batch + options.threads) {}

  ~ThreadDispatch() override { workers_.stop(); }

  void start() override {}

  void stop() override {
    is_stopping_ = true;
    workers_.stop();
  }

  bool send(const Deliverer::Queues& queues) override {
    bool has_more = false;
    for (const auto& queue : queues) has_more = send_from(queue) || has_more;
    return has_more;
  }

 private:
  bool send_from(const std::shared_ptr<Queue>& queue) {
    const std::size_t most = batch_ - std::min(batch_, calls_.under_way());
    if (most == 0) return false;
    auto context = statement_context(parts_);
    auto taken = queue->take(context, most, lease_);
    if (!taken) {
      parts_.logger.warning("calls that are due cannot be read",
                            {{"queue", queue->name()}, {"reason", taken.error().message()}});
      return false;
    }
    const bool has_more = taken->size() == most;
    for (Delivery& delivery : *taken) {
      const std::string id = delivery.ticket.id;
      calls_.begin(queue, id);
      const bool is_accepted = workers_.try_submit([this, queue, of = std::move(delivery)] { deliver(*queue, of); });
      if (!is_accepted) calls_.give_back(*queue, id);
    }
    return has_more;
  }

  void deliver(Queue& queue, const Delivery& delivery) {
    if (is_stopping_) return calls_.give_back(queue, delivery.ticket.id);
    calls_.make(queue, delivery);
  }

  const std::size_t batch_;
  const std::chrono::seconds lease_;
  Calls& calls_;
  DelivererParts parts_;
  std::atomic<bool> is_stopping_ = false;
  runtime::WorkerPool workers_;
};

}  // namespace

std::unique_ptr<Dispatch> thread_dispatch(const DelivererOptions& options, Calls& calls, const DelivererParts& parts) {
  return std::make_unique<ThreadDispatch>(options, calls, parts);
}

}  // namespace busflow::graphql_events
