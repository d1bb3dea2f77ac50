#include <algorithm>

#include <fmt/format.h>

#include "live_queries.hpp"

namespace busflow::graphql_server {
namespace {

namespace asio = boost::asio;

/// What passes by itself. Everything else is wrong with the query.
bool is_outage(ErrorName name) {
  switch (name) {
    case ErrorName::kDatabaseUnavailable:
    case ErrorName::kOverloaded:
    case ErrorName::kDeadlineExceeded:
    case ErrorName::kCancelled:
    case ErrorName::kConcurrentUpdate: return true;
    default: return false;
  }
}

/// What a run that was answered in time tells its subscribers when PostgreSQL stopped it at their time limit.
std::optional<Error> over_limit(std::optional<std::chrono::seconds> limit, std::chrono::milliseconds timeout,
                                Error error) {
  if (!limit || *limit >= timeout || error.name != ErrorName::kDeadlineExceeded) return std::nullopt;
  error.detail = fmt::format("time limit of {} s exceeded", limit->count());
  return error;
}

}  // namespace

asio::awaitable<void> LiveQueries::find_dependencies(std::shared_ptr<LiveStatement> live, std::string tenant_id) {
  // Once the last subscriber has left, nobody watches it any more.
  if (!statements_.contains(key_of(*live))) co_return;
  live->is_polled = !pipelines_.is_watched(live->source);
  if (live->is_polled) co_return;
  watch(*live, false);
  live->reads_everything = true;
  watch(*live, true);
  auto found = co_await ask_dependencies(live, tenant_id);
  // An answer that does not come leaves it with every change there is, which is right, if slow.
  if (!found || live->cohorts.empty()) co_return;
  const auto unseen =
      co_await read(live, unseen_sources_, change_feed::unseen_sources_parameters(*found), std::move(tenant_id));
  if (!unseen || live->cohorts.empty()) co_return;
  watch(*live, false);
  live->reads_everything = false;
  live->tables = std::move(found->tables);
  live->is_polled = found->reads_clock || !unseen->empty();
  watch(*live, true);
  if (!live->is_polled) co_return;
  logger_.debug("a live query is polled: the change feed cannot tell when its result changes",
                {{"because", found->reads_clock ? std::string_view("it reads the clock") : unseen->text(0, 0)}});
  for (Cohort* cohort : live->cohorts) want_run(*cohort, cohort->last_run + options_.interval);
}

asio::awaitable<Result<change_feed::Dependencies>> LiveQueries::ask_dependencies(std::shared_ptr<LiveStatement> live,
                                                                                 std::string tenant_id) {
  const auto question = std::make_shared<const postgres::PipelineStatement>(
      postgres::PipelineStatement{postgres::next_pipeline_statement_id(), change_feed::explain(live->statement->text)});
  const auto plan = co_await read(live, question, {"{}", "{}"}, std::move(tenant_id));
  if (!plan) co_return std::unexpected(plan.error());
  if (plan->empty()) co_return fail(ErrorName::kInternal, "EXPLAIN gave no row");
  co_return change_feed::read_explained(plan->text(0, 0));
}

asio::awaitable<Result<postgres::Rows>> LiveQueries::read(std::shared_ptr<LiveStatement> live,
                                                          std::shared_ptr<const postgres::PipelineStatement> statement,
                                                          postgres::Parameters parameters, std::string tenant_id,
                                                          std::optional<std::chrono::milliseconds> time_limit) {
  const auto pipeline = pipelines_.pipeline(live->source);
  if (!pipeline) co_return std::unexpected(pipeline.error());
  co_return co_await (*pipeline)->execute(std::move(statement), std::move(parameters), std::move(tenant_id),
                                          std::chrono::steady_clock::now() + options_.timeout, time_limit);
}

asio::awaitable<void> LiveQueries::run_cohort(std::shared_ptr<Cohort> cohort) {
  const auto now = std::chrono::steady_clock::now();
  Ids ids = std::exchange(cohort->fresh, {});
  if (cohort->run_at.value_or(SteadyTime::max()) <= now) {
    cohort->run_at.reset();
    ids.clear();
    for (const auto& [id, variant] : cohort->variants) ids.push_back(id);
  }
  if (ids.size() == cohort->variants.size()) cohort->last_run = now;
  bool is_answered = true;
  for (std::size_t begin = 0; begin < ids.size() && is_answered && !is_stopped_; begin += options_.batch) {
    const auto end = std::min(ids.size(), begin + options_.batch);
    is_answered = co_await run_batch(
        cohort, Ids(ids.begin() + static_cast<std::ptrdiff_t>(begin), ids.begin() + static_cast<std::ptrdiff_t>(end)));
  }
  cohort->is_running = false;
  --running_;
  if (is_stopped_) co_return;
  const auto next = std::chrono::steady_clock::now() + options_.interval;
  if (!is_answered) {
    want_run(*cohort, next);
  } else if (mode_ == change_feed::Mode::kPolling || cohort->live->is_polled) {
    want_run(*cohort, std::max(now, cohort->last_run + options_.interval));
  }
  schedule(*cohort);
  timer_.cancel();
}

asio::awaitable<bool> LiveQueries::run_batch(std::shared_ptr<Cohort> cohort, Ids ids) {
  auto parameters = batch_parameters(*cohort, ids);
  if (!parameters) co_return true;
  runs_.Increment();
  const auto begin = std::chrono::steady_clock::now();
  auto rows = co_await read(cohort->live, cohort->live->statement, std::move(*parameters), cohort->tenant_id,
                            cohort->time_limit);
  if (is_stopped_) co_return false;
  if (!rows) {
    const bool has_waited = std::chrono::steady_clock::now() >= begin + options_.timeout;
    auto refused = has_waited ? std::nullopt : over_limit(cohort->time_limit, options_.timeout, rows.error());
    if (!refused && is_outage(rows.error().name)) {
      report_outage(rows.error());
      co_return false;
    }
    co_return co_await run_each(std::move(cohort), std::move(ids), refused ? std::move(*refused) : rows.error());
  }
  is_down_ = false;
  if (const auto cursor = cohort->live->stream_cursor) {
    deliver_stream(*cohort, *rows, *cursor);
  } else {
    deliver_changed(*cohort, *rows);
  }
  co_return true;
}

void LiveQueries::deliver_changed(Cohort& cohort, const postgres::Rows& rows) {
  // Delivering may end a subscription, and with the last one the cohort: nothing of it is touched after that.
  std::vector<std::pair<std::shared_ptr<const Deliver>, std::size_t>> changed;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto id = Uuid::parse(rows.text(row, 0));
    const auto variant = id ? cohort.variants.find(*id) : cohort.variants.end();
    if (variant == cohort.variants.end()) continue;
    const auto digest = digest_of(rows.text(row, 1));
    const bool is_new = digest != variant->second.digest;
    variant->second.digest = digest;
    for (auto& subscriber : variant->second.subscribers) {
      if (is_new || !subscriber.has_result) changed.emplace_back(subscriber.deliver, row);
      subscriber.has_result = true;
    }
  }
  deliveries_.Increment(static_cast<double>(changed.size()));
  for (const auto& [deliver, row] : changed) (*deliver)(rows.text(row, 1));
}

/// Rows of a stream are sent once: its cursor goes on before they are.
void LiveQueries::deliver_stream(Cohort& cohort, const postgres::Rows& rows, std::size_t cursor) {
  constexpr std::chrono::milliseconds kHeld{100};  // Until those that began before are looked at again.
  std::vector<std::pair<std::shared_ptr<const Deliver>, std::size_t>> changed;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto id = Uuid::parse(rows.text(row, 0));
    if (!id) continue;
    const auto found = cohort.variants.find(*id);
    if (found == cohort.variants.end()) continue;
    const std::string_view follow = rows.is_null(row, 3) ? std::string_view() : rows.text(row, 3);
    if (follow == "full") cohort.fresh.push_back(*id);
    if (follow == "held") want_run(cohort, std::chrono::steady_clock::now() + kHeld);
    if (rows.is_null(row, 2)) continue;
    Variant& variant = found->second;
    variant.parameters = replace_parameter(variant.parameters, cursor, rows.text(row, 2));
    for (auto& subscriber : variant.subscribers) changed.emplace_back(subscriber.deliver, row);
  }
  deliveries_.Increment(static_cast<double>(changed.size()));
  for (const auto& [deliver, row] : changed) (*deliver)(rows.text(row, 1));
}

asio::awaitable<bool> LiveQueries::run_each(std::shared_ptr<Cohort> cohort, Ids ids, Error error) {
  if (ids.size() == 1) {
    end_variant(*cohort, ids.front(), error);
    co_return true;
  }
  // One member's values must not end the others' subscriptions.
  bool is_answered = true;
  for (const auto& id : ids) is_answered = co_await run_batch(cohort, Ids{id}) && is_answered;
  co_return is_answered;
}

void LiveQueries::end_variant(Cohort& cohort, const Uuid& id, const Error& error) {
  const auto variant = cohort.variants.find(id);
  if (variant == cohort.variants.end()) return;
  if (error.name == ErrorName::kInternal) logger_.error("a live query failed", {{"reason", error.message()}});
  const auto subscribers = variant->second.subscribers;
  for (const auto& subscriber : subscribers) {
    unsubscribe(subscriber.id);
    (*subscriber.deliver)(std::unexpected(error));
  }
}

void LiveQueries::report_outage(const Error& error) {
  if (is_down_) return;
  is_down_ = true;
  logger_.warning("live queries wait for the database", {{"reason", error.message()}});
}

}  // namespace busflow::graphql_server
