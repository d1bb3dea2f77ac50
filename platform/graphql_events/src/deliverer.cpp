#include <platform/graphql_events/deliverer.hpp>

#include <platform/base/pause.hpp>

#include "calls.hpp"
#include "dispatch.hpp"

namespace busflow::graphql_events {
namespace {

constexpr std::chrono::minutes kMaintenanceInterval{10};
constexpr std::chrono::hours kNap{1};  // Only a request to stop ends it.

}  // namespace

Deliverer::Deliverer(DelivererOptions options, FindQueues find_queues, const DelivererParts& parts)
    : options_(std::move(options)),
      find_queues_(std::move(find_queues)),
      parts_(parts),
      calls_(std::make_unique<Calls>(parts_, options_.lease)),
      dispatch_(options_.jobs ? job_dispatch(
                                    *options_.jobs, options_, [this] { return queues(); }, *calls_, parts_)
                              : thread_dispatch(options_, *calls_, parts_)) {}

Deliverer::~Deliverer() = default;

Deliverer::Queues Deliverer::queues() {
  const std::lock_guard lock(finding_);
  return find_queues_();
}

void Deliverer::run(const std::stop_token& stop) {
  dispatch_->start();
  if (options_.interval.count() > 0) {
    look(stop);
  } else {
    while (pause(stop, kNap)) continue;
  }
  dispatch_->stop();
}

void Deliverer::look(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Queues queues = this->queues();
    const bool has_more = dispatch_->send(queues);
    maintain(queues);
    if (!has_more) calls_->wait(stop, options_.interval);
  }
}

void Deliverer::maintain(const Queues& queues) {
  const auto now = parts_.clock.steady_now();
  if (now < next_maintenance_) return;
  std::size_t changed = 0;
  for (const auto& queue : queues) {
    auto context = statement_context(parts_);
    const auto done = queue->maintain(context, options_.retention);
    if (!done)
      parts_.logger.warning("what is over could not be deleted, or room be made",
                            {{"queue", queue->name()}, {"reason", done.error().message()}});
    changed += done.value_or(0);
  }
  // While there is more, it goes on in the next round: calls are made in between.
  if (changed == 0) next_maintenance_ = now + kMaintenanceInterval;
}

}  // namespace busflow::graphql_events
