#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include <platform/base/context.hpp>
#include <platform/graphql_events/deliverer.hpp>

namespace busflow::graphql_events {

/// What a statement about calls gets for its way: not longer than that.
Context statement_context(const DelivererParts& parts);

/// The calls that this process makes. Their leases are kept, on a thread of its own, from begin() until they are over.
/// Thread-safe.
class Calls {
 public:
  Calls(DelivererParts parts, std::chrono::seconds lease);

  /// A call that was taken or claimed just now. make() or give_back() must follow.
  void begin(const std::shared_ptr<Queue>& queue, const std::string& id);
  /// Tells the webhook, and writes down what it said.
  void make(Queue& queue, const Delivery& delivery);
  /// Leaves it to whoever takes it next.
  void give_back(Queue& queue, const std::string& id);

  std::size_t under_way() const;
  /// Until one was over since the last wait, or the time is.
  void wait(const std::stop_token& stop, std::chrono::milliseconds longest);

 private:
  class Ending;

  void conclude(Queue& queue, const Delivery& delivery, const Result<http_client::Response>& answer);
  void finish(const std::string& id);
  void keep_leases(const std::stop_token& stop);
  std::map<std::shared_ptr<Queue>, std::set<std::string>> ids_by_queue() const;

  DelivererParts parts_;
  prometheus::Counter& delivered_;
  prometheus::Counter& failed_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::shared_ptr<Queue>> under_way_;  ///< By id.
  bool is_finished_ = false;                                 ///< Something was, since it was last waited for.
  const std::chrono::milliseconds keep_interval_;
  std::jthread keeper_;  ///< Last: it uses all of the others.
};

}  // namespace busflow::graphql_events
