#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>
#include <platform/graphql/plan.hpp>
#include <platform/postgres/pipeline.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

namespace busflow::graphql_server {

struct LiveQueryOptions {
  std::chrono::milliseconds interval;
  std::size_t batch;
  std::chrono::milliseconds timeout;
};

/// Runs live queries again and again, and tells their subscribers what changed. Subscribers of equal SQL and equal
/// tenant share a statement. Belongs to one event loop.
class LiveQueries : public std::enable_shared_from_this<LiveQueries> {
 public:
  /// Gets the data object as JSON text; or the error that ends the subscription.
  using Deliver = std::function<void(Result<std::string_view>)>;

  LiveQueries(boost::asio::io_context& loop, postgres::Pipeline& pipeline, LiveQueryOptions options,
              IdentifierSource& identifiers, telemetry::Logger logger, telemetry::Metrics& metrics);

  /// The first result comes as soon as the database has answered. An outage is waited out; other errors end the
  /// subscription.
  Uuid subscribe(const graphql::Plan& plan, const graphql::BoundQuery& query, Deliver deliver);
  /// `deliver` is not called any more. Unknown ids are fine.
  void unsubscribe(const Uuid& id);

  /// Runs until stop().
  boost::asio::awaitable<void> run();
  void stop();

 private:
  struct Member {
    std::string parameters;  ///< A JSON array of texts and nulls.
    std::string digest;      ///< Of the last result; empty before the first.
    std::shared_ptr<const Deliver> deliver;
  };
  struct Cohort {
    std::shared_ptr<const postgres::PipelineStatement> statement;
    std::string tenant_id;
    std::map<Uuid, Member> members;
  };
  using Key = std::pair<std::string, std::string>;  ///< SQL text and tenant.
  using Ids = std::vector<Uuid>;

  boost::asio::awaitable<void> poll_all();
  boost::asio::awaitable<void> poll(Key key, Ids ids);
  void deliver_changed(Cohort& cohort, const postgres::Rows& rows);
  boost::asio::awaitable<void> divide(Key key, Ids ids, Error error);
  void report_outage(const Error& error);

  postgres::Pipeline& pipeline_;
  const LiveQueryOptions options_;
  IdentifierSource& identifiers_;
  telemetry::Logger logger_;
  prometheus::Gauge& subscribers_;
  prometheus::Counter& polls_;
  prometheus::Counter& deliveries_;
  std::map<Key, Cohort> cohorts_;
  std::map<Uuid, Key> keys_;
  boost::asio::steady_timer timer_;
  bool is_down_ = false;
  bool is_stopped_ = false;
};

}  // namespace busflow::graphql_server
