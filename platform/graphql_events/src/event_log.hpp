#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::graphql_events {

/// An event that was taken for delivery.
struct Event {
  std::string id;
  std::string schema;
  std::string table;
  std::string trigger;
  std::string payload;     ///< JSON: op, data, session_variables, trace_context.
  std::string created_at;  ///< ISO 8601.
  std::int64_t tries = 0;
};

/// What a webhook was asked and said.
struct Invocation {
  std::int64_t status = 0;  ///< 0: there was no answer.
  std::string request;      ///< JSON
  std::string response;     ///< JSON
};

/// What comes of an event after a call.
struct Verdict {
  bool is_delivered = false;
  bool is_given_up = false;
  std::chrono::seconds retry_in{0};  ///< Otherwise.
};

/// hdb_catalog.event_log of one database.
class EventLog {
 public:
  explicit EventLog(postgres::Pool& pool) : pool_(pool) {}

  /// Open events of these triggers, oldest first, which are ours from now on for as long as the lease.
  Result<std::vector<Event>> take(Context& context, const std::vector<std::string>& triggers, std::size_t most,
                                  std::chrono::seconds lease);
  /// The lease of these begins anew.
  Result<void> keep(Context& context, const std::set<std::string>& ids);
  /// They may be taken again at once.
  Result<void> give_back(Context& context, const std::set<std::string>& ids);
  Result<void> conclude(Context& context, const Event& event, const Invocation& invocation, const Verdict& verdict);
  /// Deletes events that have long been over, some at a time.
  Result<std::size_t> prune(Context& context, std::chrono::hours retention);

 private:
  postgres::Pool& pool_;
};

}  // namespace busflow::graphql_events
