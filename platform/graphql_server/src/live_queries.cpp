#include "live_queries.hpp"

#include <algorithm>
#include <span>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

/// Who subscribes to what, and when it is run; running it is in live_query_runs.cpp.
namespace busflow::graphql_server {
namespace {

namespace asio = boost::asio;

/// Cohorts that are run at once. More would only wait in the pipeline.
constexpr std::size_t kMostRunning = 64;
/// Stands for every table among the readers.
const change_feed::TableName kAnyTable{};

std::shared_ptr<const postgres::PipelineStatement> pipeline_statement(std::string text) {
  return std::make_shared<const postgres::PipelineStatement>(
      postgres::PipelineStatement{postgres::next_pipeline_statement_id(), std::move(text)});
}

}  // namespace

LiveQueries::LiveQueries(asio::io_context& loop, SourcePipelines& pipelines, change_feed::Feed& feed,
                         LiveQueryOptions options, IdentifierSource& identifiers, telemetry::Logger logger,
                         telemetry::Metrics& metrics)
    : pipelines_(pipelines),
      feed_(feed),
      options_(options),
      identifiers_(identifiers),
      logger_(std::move(logger)),
      subscribers_(metrics.gauge("graphql_live_query_subscribers", "Subscriptions under way.")),
      unresolved_(
          metrics.gauge("graphql_live_query_unresolved_statements",
                        "Statements of live queries that any change runs, because their tables are not known.")),
      runs_(metrics.counter("graphql_live_query_runs_total", "Statements run for live queries.")),
      deliveries_(metrics.counter("graphql_live_query_deliveries_total", "Changed results sent to subscribers.")),
      unseen_sources_(pipeline_statement(std::string(change_feed::kUnseenSources))),
      timer_(loop) {}

/// The object stays alive for the task, which gets a share of it.
template <class Task>
void LiveQueries::spawn(Task task) {
  asio::co_spawn(timer_.get_executor(), task(shared_from_this()), asio::detached);
}

Uuid LiveQueries::subscribe(const graphql::Plan& plan, const graphql::BoundQuery& query, Deliver deliver) {
  if (!interest_) interest_.emplace(feed_);
  const Uuid id = identifiers_.next();
  const auto cohort = cohort_for(plan, query.tenant_id);
  const Uuid variant = variant_for(*cohort, parameters_text(query.parameters));
  cohort->variants.at(variant).subscribers.push_back({id, std::make_shared<const Deliver>(std::move(deliver))});
  cohort->fresh.push_back(variant);
  places_.emplace(id, Place{cohort, variant});
  subscribers_.Increment();
  schedule(*cohort);
  return id;
}

bool LiveQueries::is_same(const Uuid& id, const graphql::Plan& plan, const graphql::BoundQuery& query) const {
  const auto place = places_.find(id);
  if (place == places_.end()) return false;
  const Cohort& cohort = *place->second.cohort;
  const Variant& variant = cohort.variants.at(place->second.variant);
  return cohort.tenant_id == query.tenant_id && cohort.time_limit == plan.time_limit() &&
         key_of(*cohort.live) == StatementKey(plan.source(), plan.live_statement()) &&
         (cohort.live->stream_cursor ? variant.asked : variant.parameters) == parameters_text(query.parameters);
}

postgres::Parameter LiveQueries::stream_place(const Uuid& id) const {
  const auto place = places_.find(id);
  if (place == places_.end()) return std::nullopt;
  const Cohort& cohort = *place->second.cohort;
  const auto& cursor = cohort.live->stream_cursor;
  if (!cursor) return std::nullopt;
  return parameter_at(cohort.variants.at(place->second.variant).parameters, *cursor);
}

void LiveQueries::unsubscribe(const Uuid& id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return;
  const auto cohort = place->second.cohort;
  const auto variant = cohort->variants.find(place->second.variant);
  std::erase_if(variant->second.subscribers, [&](const auto& subscriber) { return subscriber.id == id; });
  if (variant->second.subscribers.empty()) {
    if (!cohort->live->stream_cursor) cohort->by_parameters.erase(variant->second.parameters);
    cohort->variants.erase(variant);
  }
  places_.erase(place);
  subscribers_.Decrement();
  if (places_.empty()) interest_.reset();
  if (cohort->variants.empty()) drop(*cohort);
}

std::shared_ptr<LiveStatement> LiveQueries::statement_for(const graphql::Plan& plan, const std::string& tenant_id) {
  auto& known = statements_[{plan.source(), plan.live_statement()}];
  if (auto live = known.lock()) return live;
  const auto live = std::make_shared<LiveStatement>();
  live->source = plan.source();
  live->statement = pipeline_statement(plan.live_statement());
  live->stream_cursor = plan.stream_cursor();
  known = live;
  watch(*live, true);
  spawn([live, tenant_id](std::shared_ptr<LiveQueries> self) -> asio::awaitable<void> {
    return [](std::shared_ptr<LiveQueries> owner, std::shared_ptr<LiveStatement> of,
              std::string tenant) -> asio::awaitable<void> {
      co_await owner->find_dependencies(std::move(of), std::move(tenant));
    }(std::move(self), live, tenant_id);
  });
  return live;
}

std::shared_ptr<Cohort> LiveQueries::cohort_for(const graphql::Plan& plan, const std::string& tenant_id) {
  const auto live = statement_for(plan, tenant_id);
  auto& cohort = cohorts_[{live.get(), tenant_id, plan.time_limit()}];
  if (cohort == nullptr) {
    cohort = std::make_shared<Cohort>();
    cohort->live = live;
    cohort->tenant_id = tenant_id;
    cohort->time_limit = plan.time_limit();
    live->cohorts.insert(cohort.get());
  }
  return cohort;
}

Uuid LiveQueries::variant_for(Cohort& cohort, std::string parameters) {
  if (cohort.live->stream_cursor) {
    const Uuid id = identifiers_.next();
    cohort.variants.emplace(id, Variant{.parameters = parameters, .asked = std::move(parameters)});
    return id;
  }
  const auto [known, is_new] = cohort.by_parameters.try_emplace(parameters);
  if (is_new) {
    known->second = identifiers_.next();
    cohort.variants.emplace(known->second, Variant{.parameters = std::move(parameters)});
  }
  return known->second;
}

void LiveQueries::drop(Cohort& cohort) {
  cohort.is_gone = true;
  schedule(cohort);
  const auto live = cohort.live;
  live->cohorts.erase(&cohort);
  if (live->cohorts.empty()) {
    watch(*live, false);
    statements_.erase(key_of(*live));
  }
  cohorts_.erase({live.get(), cohort.tenant_id, cohort.time_limit});  // Perhaps the last share of the cohort.
}

void LiveQueries::watch(LiveStatement& live, bool is_watching) {
  const auto set = [&](const change_feed::TableName& table) {
    if (is_watching) {
      readers_[table].insert(&live);
    } else if (const auto readers = readers_.find(table); readers != readers_.end()) {
      readers->second.erase(&live);
      if (readers->second.empty()) readers_.erase(readers);
    }
  };
  if (live.reads_everything) {
    set(kAnyTable);
    unresolved_.Increment(is_watching ? 1 : -1);
  }
  for (const auto& table : live.tables) set(table);
}

void LiveQueries::take_changes(const change_feed::Changes& changes) {
  if (is_stopped_) return;
  const auto tell = [&](const change_feed::TableName& table) {
    const auto readers = readers_.find(table);
    if (readers == readers_.end()) return;
    for (LiveStatement* live : readers->second) want_changed(*live);
  };
  if (!changes.everything) {
    tell(kAnyTable);
    for (const auto& table : changes.tables) tell(table);
    return;
  }
  for (const auto& [key, known] : statements_) {
    const auto live = known.lock();
    if (live == nullptr || live->cohorts.empty()) continue;
    want_changed(*live);
    // Views and policies may be others by now, too.
    const std::string tenant_id = (*live->cohorts.begin())->tenant_id;
    spawn([live, tenant_id](std::shared_ptr<LiveQueries> self) -> asio::awaitable<void> {
      return [](std::shared_ptr<LiveQueries> owner, std::shared_ptr<LiveStatement> of,
                std::string tenant) -> asio::awaitable<void> {
        co_await owner->find_dependencies(std::move(of), std::move(tenant));
      }(std::move(self), live, tenant_id);
    });
  }
}

void LiveQueries::take_mode(change_feed::Mode mode) {
  mode_ = mode;
  if (mode != change_feed::Mode::kPolling) return;
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [key, cohort] : cohorts_) want_run(*cohort, std::max(now, cohort->last_run + options_.interval));
}

void LiveQueries::want_changed(LiveStatement& live) {
  const auto now = std::chrono::steady_clock::now();
  for (Cohort* cohort : live.cohorts) want_run(*cohort, std::max(now, cohort->last_run + options_.pause));
}

void LiveQueries::want_run(Cohort& cohort, SteadyTime time) {
  if (cohort.run_at && *cohort.run_at <= time) return;
  cohort.run_at = time;
  schedule(cohort);
}

void LiveQueries::schedule(Cohort& cohort) {
  std::optional<SteadyTime> wanted;
  if (!cohort.is_gone && !cohort.is_running) wanted = cohort.fresh.empty() ? cohort.run_at : SteadyTime::min();
  if (wanted == cohort.scheduled) return;
  if (cohort.scheduled) schedule_.erase({*cohort.scheduled, &cohort});
  if (wanted) schedule_.insert({*wanted, &cohort});
  cohort.scheduled = wanted;
  timer_.cancel();  // Wakes run().
}

asio::awaitable<void> LiveQueries::run() {
  while (!is_stopped_) {
    start_due();
    const bool must_wait = schedule_.empty() || running_ >= kMostRunning;
    timer_.expires_at(must_wait ? SteadyTime::max() : schedule_.begin()->first);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void LiveQueries::stop() {
  is_stopped_ = true;
  interest_.reset();
  timer_.cancel();
}

void LiveQueries::start_due() {
  const auto now = std::chrono::steady_clock::now();
  while (running_ < kMostRunning && !schedule_.empty() && schedule_.begin()->first <= now) {
    Cohort& cohort = *schedule_.begin()->second;
    cohort.is_running = true;
    schedule(cohort);
    ++running_;
    spawn([shared = cohort.shared_from_this()](std::shared_ptr<LiveQueries> self) -> asio::awaitable<void> {
      return [](std::shared_ptr<LiveQueries> owner, std::shared_ptr<Cohort> of) -> asio::awaitable<void> {
        co_await owner->run_cohort(std::move(of));
      }(std::move(self), shared);
    });
  }
}

}  // namespace busflow::graphql_server
