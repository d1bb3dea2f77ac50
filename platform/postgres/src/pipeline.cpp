#include <platform/postgres/pipeline.hpp>

#include <algorithm>
#include <atomic>

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipeline_connection.hpp"

namespace busflow::postgres {

std::uint64_t next_pipeline_statement_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

Pipeline::Pipeline(boost::asio::io_context& loop, const PipelineOptions& options)
    : costs_(std::make_shared<StatementCosts>()) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options.connections); ++i) {
    connections_.push_back(std::make_shared<PipelineConnection>(loop, options, costs_));
    connections_.back()->start();
  }
}

Pipeline::~Pipeline() { stop(); }

boost::asio::awaitable<Result<Rows>> Pipeline::execute(std::shared_ptr<const PipelineStatement> statement,
                                                       Parameters parameters, std::string tenant_id,
                                                       SteadyTime deadline,
                                                       std::optional<std::chrono::milliseconds> statement_timeout) {
  auto request = std::make_unique<PipelineRequest>();
  request->statement = std::move(statement);
  request->parameters = std::move(parameters);
  request->tenant_id = std::move(tenant_id);
  request->deadline = deadline;
  request->statement_timeout = statement_timeout;
  return submit(std::move(request));
}

boost::asio::awaitable<TransactionOutcome> Pipeline::transact(
    std::vector<PipelineCall> calls, std::string tenant_id, SteadyTime deadline, Sharing sharing,
    std::optional<std::chrono::milliseconds> statement_timeout) {
  auto outcome = std::make_shared<TransactionOutcome>();
  auto request = std::make_unique<PipelineRequest>();
  request->statement = std::move(calls.front().statement);
  request->parameters = std::move(calls.front().parameters);
  request->further.assign(std::make_move_iterator(calls.begin() + 1), std::make_move_iterator(calls.end()));
  request->outcome = outcome;
  request->sharing = sharing;
  request->tenant_id = std::move(tenant_id);
  request->deadline = deadline;
  request->statement_timeout = statement_timeout;
  const auto ended = co_await submit(std::move(request));
  // What ends it otherwise than by its own calls: a lost connection, the deadline, a full queue.
  if (!ended && !outcome->error) outcome->error = ended.error();
  co_return std::move(*outcome);
}

boost::asio::awaitable<Result<Rows>> Pipeline::submit(std::unique_ptr<PipelineRequest> request) {
  PipelineConnection* connection = &choose(*request);
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Result<Rows>)>(
      [](auto handler, PipelineConnection* chosen, std::unique_ptr<PipelineRequest> submitted) {
        submitted->complete = std::move(handler);
        chosen->submit(std::move(submitted));
      },
      boost::asio::use_awaitable, connection, std::move(request));
}

/// A connection that is up wins. Quick statements share the first that has little to do: it is a transaction and two
/// system calls for all of them. Others take that with the least, from the other end, so that the quick ones do not
/// wait behind them.
PipelineConnection& Pipeline::choose(PipelineRequest& request) const {
  const auto now = std::chrono::steady_clock::now();
  request.expected = costs_->expected(request.statement->id).value_or(StatementCosts::kQuick);
  if (request.is_quick()) {
    for (const auto& connection : connections_) {
      if (connection->is_connected() && connection->work(now) < StatementCosts::kQuick) return *connection;
    }
  }
  const auto busyness = [now](const auto& connection) {
    return std::pair(!connection->is_connected(), connection->work(now));
  };
  return **std::ranges::min_element(connections_.rbegin(), connections_.rend(), {}, busyness);
}

bool Pipeline::is_connected() const {
  return std::ranges::any_of(connections_, [](const auto& connection) { return connection->is_connected(); });
}

std::size_t Pipeline::depth() const {
  std::size_t sum = 0;
  for (const auto& connection : connections_) sum += connection->depth();
  return sum;
}

void Pipeline::stop() {
  for (const auto& connection : connections_) connection->stop();
}

}  // namespace busflow::postgres
