#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
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
#include <platform/change_feed/changes.hpp>
#include <platform/change_feed/dependencies.hpp>
#include <platform/change_feed/feed.hpp>
#include <platform/graphql/plan.hpp>
#include <platform/postgres/pipeline.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

#include "cohort.hpp"
#include "source_pipelines.hpp"

namespace busflow::graphql_server {

struct LiveQueryOptions {
  std::chrono::milliseconds interval;  ///< Between runs while polling.
  std::chrono::milliseconds pause;     ///< Least time between runs of one cohort when changes come thick and fast.
  std::size_t batch;
  std::chrono::milliseconds timeout;
};

/// Runs live queries when what they read has changed, and tells their subscribers when the result has. Which tables a
/// statement reads is asked of PostgreSQL once. While the change feed is live, nothing is run for a query whose tables
/// rest; without it, and for sources that it does not watch, all are run at each interval. Belongs to one event loop.
class LiveQueries : public std::enable_shared_from_this<LiveQueries> {
 public:
  LiveQueries(boost::asio::io_context& loop, SourcePipelines& pipelines, change_feed::Feed& feed,
              LiveQueryOptions options, IdentifierSource& identifiers, telemetry::Logger logger,
              telemetry::Metrics& metrics);

  /// The first result comes as soon as the database has answered. An outage is waited out; other errors end the
  /// subscription.
  Uuid subscribe(const graphql::Plan& plan, const graphql::BoundQuery& query, Deliver deliver);
  /// `deliver` is not called any more. Unknown ids are fine.
  void unsubscribe(const Uuid& id);

  /// What the change feed says.
  void take_changes(const change_feed::Changes& changes);
  void take_mode(change_feed::Mode mode);
  /// Whether the subscription would be no other if it were made anew.
  /// Where a stream is, for one that takes its place; nothing at its beginning.
  postgres::Parameter stream_place(const Uuid& id) const;
  bool is_same(const Uuid& id, const graphql::Plan& plan, const graphql::BoundQuery& query) const;

  /// Runs until stop().
  boost::asio::awaitable<void> run();
  void stop();

 private:
  using Ids = std::vector<Uuid>;
  using StatementKey = std::pair<std::string, std::string>;  ///< Source and text.
  using CohortKey = std::tuple<LiveStatement*, std::string, std::optional<std::chrono::seconds>>;
  struct Place {
    std::shared_ptr<Cohort> cohort;
    Uuid variant;
  };

  static StatementKey key_of(const LiveStatement& live) { return {live.source, live.statement->text}; }
  std::shared_ptr<LiveStatement> statement_for(const graphql::Plan& plan, const std::string& tenant_id);
  std::shared_ptr<Cohort> cohort_for(const graphql::Plan& plan, const std::string& tenant_id);
  Uuid variant_for(Cohort& cohort, std::string parameters);
  void drop(Cohort& cohort);

  /// Its statement is to be run for all of its members, at that time or before.
  void want_run(Cohort& cohort, SteadyTime time);
  void want_changed(LiveStatement& live);
  void schedule(Cohort& cohort);
  void start_due();
  void watch(LiveStatement& live, bool is_watching);

  boost::asio::awaitable<void> find_dependencies(std::shared_ptr<LiveStatement> live, std::string tenant_id);
  boost::asio::awaitable<Result<change_feed::Dependencies>> ask_dependencies(std::shared_ptr<LiveStatement> live,
                                                                             std::string tenant_id);
  /// On the database that the statement is for.
  boost::asio::awaitable<Result<postgres::Rows>> read(std::shared_ptr<LiveStatement> live,
                                                      std::shared_ptr<const postgres::PipelineStatement> statement,
                                                      postgres::Parameters parameters, std::string tenant_id,
                                                      std::optional<std::chrono::milliseconds> time_limit = {});
  boost::asio::awaitable<void> run_cohort(std::shared_ptr<Cohort> cohort);
  /// False when the database could not be asked.
  boost::asio::awaitable<bool> run_batch(std::shared_ptr<Cohort> cohort, Ids ids);
  /// After an error that does not pass by itself: each alone, and then who is to blame ends.
  boost::asio::awaitable<bool> run_each(std::shared_ptr<Cohort> cohort, Ids ids, Error error);
  void deliver_changed(Cohort& cohort, const postgres::Rows& rows);
  /// `cursor`: which of the parameters it is.
  void deliver_stream(Cohort& cohort, const postgres::Rows& rows, std::size_t cursor);
  void end_variant(Cohort& cohort, const Uuid& id, const Error& error);
  void report_outage(const Error& error);
  template <class Task>
  void spawn(Task task);

  SourcePipelines& pipelines_;
  change_feed::Feed& feed_;
  std::optional<change_feed::Feed::Interest> interest_;  ///< While there are subscribers.
  const LiveQueryOptions options_;
  IdentifierSource& identifiers_;
  telemetry::Logger logger_;
  prometheus::Gauge& subscribers_;
  prometheus::Gauge& unresolved_;
  prometheus::Counter& runs_;
  prometheus::Counter& deliveries_;
  std::map<StatementKey, std::weak_ptr<LiveStatement>> statements_;
  std::map<CohortKey, std::shared_ptr<Cohort>> cohorts_;
  std::map<Uuid, Place> places_;
  std::map<change_feed::TableName, std::set<LiveStatement*>> readers_;
  std::set<std::pair<SteadyTime, Cohort*>> schedule_;
  const std::shared_ptr<const postgres::PipelineStatement> unseen_sources_;
  std::size_t running_ = 0;
  boost::asio::steady_timer timer_;
  change_feed::Mode mode_ = change_feed::Mode::kPolling;
  bool is_down_ = false;
  bool is_stopped_ = false;
};

}  // namespace busflow::graphql_server
