#pragma once

#include <functional>
#include <memory>

#include <platform/graphql_events/deliverer.hpp>

#include "calls.hpp"

namespace busflow::graphql_events {

/// The way that calls take from the database to a thread that makes them. Used by one thread.
class Dispatch {
 public:
  virtual ~Dispatch() = default;

  /// From now on calls are made.
  virtual void start() = 0;
  /// Finishes calls that have begun, and leaves others to whoever takes them next. Idempotent.
  virtual void stop() = 0;
  /// Sends off what is due, as much as there is room for. Whether there may be more at once.
  virtual bool send(const Deliverer::Queues& queues) = 0;
};

/// Threads of this process. `calls` outlives it.
std::unique_ptr<Dispatch> thread_dispatch(const DelivererOptions& options, Calls& calls, const DelivererParts& parts);

/// The job queue, and the workers of all processes that share it. `find_queues` may be called by any thread. `calls`
/// outlives it.
std::unique_ptr<Dispatch> job_dispatch(const JobQueueOptions& jobs, const DelivererOptions& options,
                                       Deliverer::FindQueues find_queues, Calls& calls, const DelivererParts& parts);

}  // namespace busflow::graphql_events
