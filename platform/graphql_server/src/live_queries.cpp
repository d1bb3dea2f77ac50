#include "live_queries.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <platform/crypto/digest.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql_server {
namespace {

namespace asio = boost::asio;

std::string parameters_text(const postgres::Parameters& parameters) {
  std::string text = "[";
  for (const auto& parameter : parameters) {
    if (text.size() > 1) text += ',';
    text += parameter ? json::quote(*parameter) : "null";
  }
  return text + "]";
}

/// An element of a PostgreSQL array literal: quoted, with backslashes before what would end it.
std::string array_element(std::string_view text) {
  std::string element = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') element += '\\';
    element += letter;
  }
  return element + "\"";
}

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

}  // namespace

LiveQueries::LiveQueries(asio::io_context& loop, postgres::Pipeline& pipeline, LiveQueryOptions options,
                         IdentifierSource& identifiers, telemetry::Logger logger, telemetry::Metrics& metrics)
    : pipeline_(pipeline),
      options_(options),
      identifiers_(identifiers),
      logger_(std::move(logger)),
      subscribers_(metrics.gauge("graphql_live_query_subscribers", "Subscriptions under way.")),
      polls_(metrics.counter("graphql_live_query_polls_total", "Statements run for live queries.")),
      deliveries_(metrics.counter("graphql_live_query_deliveries_total", "Changed results sent to subscribers.")),
      timer_(loop) {}

Uuid LiveQueries::subscribe(const graphql::Plan& plan, const graphql::BoundQuery& query, Deliver deliver) {
  const Uuid id = identifiers_.next();
  const Key key{plan.live_statement(), query.tenant_id};
  Cohort& cohort = cohorts_[key];
  if (cohort.statement == nullptr) {
    cohort.tenant_id = query.tenant_id;
    cohort.statement = std::make_shared<const postgres::PipelineStatement>(
        postgres::PipelineStatement{postgres::next_pipeline_statement_id(), plan.live_statement()});
  }
  cohort.members.emplace(
      id, Member{parameters_text(query.parameters), {}, std::make_shared<const Deliver>(std::move(deliver))});
  keys_.emplace(id, key);
  subscribers_.Increment();
  // The object stays alive for the coroutine through `self`.
  asio::co_spawn(
      timer_.get_executor(),
      [](std::shared_ptr<LiveQueries> self, Key of, Ids ids) -> asio::awaitable<void> {
        co_await self->poll(std::move(of), std::move(ids));
      }(shared_from_this(), key, Ids{id}),
      asio::detached);
  return id;
}

void LiveQueries::unsubscribe(const Uuid& id) {
  const auto found = keys_.find(id);
  if (found == keys_.end()) return;
  const auto cohort = cohorts_.find(found->second);
  cohort->second.members.erase(id);
  if (cohort->second.members.empty()) cohorts_.erase(cohort);
  keys_.erase(found);
  subscribers_.Decrement();
}

asio::awaitable<void> LiveQueries::run() {
  while (!is_stopped_) {
    timer_.expires_after(options_.interval);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!is_stopped_) co_await poll_all();
  }
}

void LiveQueries::stop() {
  is_stopped_ = true;
  timer_.cancel();
}

asio::awaitable<void> LiveQueries::poll_all() {
  // Copies: members come and go while statements are under way.
  std::vector<std::pair<Key, Ids>> batches;
  for (const auto& [key, cohort] : cohorts_) {
    Ids ids;
    for (const auto& [id, member] : cohort.members) {
      ids.push_back(id);
      if (ids.size() == options_.batch) batches.emplace_back(key, std::exchange(ids, {}));
    }
    if (!ids.empty()) batches.emplace_back(key, std::move(ids));
  }
  for (auto& [key, ids] : batches) {
    if (is_stopped_) co_return;
    co_await poll(key, std::move(ids));
  }
}

asio::awaitable<void> LiveQueries::poll(Key key, Ids ids) {
  const auto found = cohorts_.find(key);
  if (found == cohorts_.end()) co_return;
  std::string id_array = "{";
  std::string parameter_array = "{";
  for (const auto& id : ids) {
    const auto member = found->second.members.find(id);
    if (member == found->second.members.end()) continue;
    if (id_array.size() > 1) {
      id_array += ',';
      parameter_array += ',';
    }
    id_array += id.to_string();
    parameter_array += array_element(member->second.parameters);
  }
  if (id_array.size() == 1) co_return;
  polls_.Increment();
  postgres::Parameters parameters{id_array + "}", parameter_array + "}"};
  const auto statement = found->second.statement;
  auto rows = co_await pipeline_.execute(statement, std::move(parameters), found->second.tenant_id,
                                         std::chrono::steady_clock::now() + options_.timeout);
  if (is_stopped_) co_return;
  if (!rows) {
    co_await divide(std::move(key), std::move(ids), rows.error());
    co_return;
  }
  is_down_ = false;
  const auto cohort = cohorts_.find(key);
  if (cohort != cohorts_.end()) deliver_changed(cohort->second, *rows);
}

void LiveQueries::deliver_changed(Cohort& cohort, const postgres::Rows& rows) {
  // Delivering may end a subscription, and with the last one the cohort: nothing of it is touched after that.
  std::vector<std::pair<std::shared_ptr<const Deliver>, std::size_t>> changed;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto id = Uuid::parse(rows.text(row, 0));
    const auto member = id ? cohort.members.find(*id) : cohort.members.end();
    if (member == cohort.members.end()) continue;
    std::string digest = crypto::sha256_hex(rows.text(row, 1));
    if (digest == member->second.digest) continue;
    member->second.digest = std::move(digest);
    changed.emplace_back(member->second.deliver, row);
  }
  deliveries_.Increment(static_cast<double>(changed.size()));
  for (const auto& [deliver, row] : changed) (*deliver)(rows.text(row, 1));
}

asio::awaitable<void> LiveQueries::divide(Key key, Ids ids, Error error) {
  if (is_outage(error.name)) {
    report_outage(error);
    co_return;
  }
  if (ids.size() > 1) {  // One member's values must not end the others' subscriptions.
    for (const auto& id : ids) co_await poll(key, Ids{id});
    co_return;
  }
  const auto cohort = cohorts_.find(key);
  if (cohort == cohorts_.end()) co_return;
  const auto member = cohort->second.members.find(ids.front());
  if (member == cohort->second.members.end()) co_return;
  if (error.name == ErrorName::kInternal) logger_.error("a live query failed", {{"reason", error.message()}});
  const auto deliver = member->second.deliver;
  unsubscribe(ids.front());
  (*deliver)(std::unexpected(std::move(error)));
}

void LiveQueries::report_outage(const Error& error) {
  if (is_down_) return;
  is_down_ = true;
  logger_.warning("live queries wait for the database", {{"reason", error.message()}});
}

}  // namespace busflow::graphql_server
