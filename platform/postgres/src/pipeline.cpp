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

Pipeline::Pipeline(boost::asio::io_context& loop, const PipelineOptions& options) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options.connections); ++i) {
    connections_.push_back(std::make_shared<PipelineConnection>(loop, options));
    connections_.back()->start();
  }
}

Pipeline::~Pipeline() { stop(); }

boost::asio::awaitable<Result<Rows>> Pipeline::execute(std::shared_ptr<const PipelineStatement> statement,
                                                       Parameters parameters, std::string tenant_id,
                                                       SteadyTime deadline) {
  auto request = std::make_unique<PipelineRequest>();
  request->statement = std::move(statement);
  request->parameters = std::move(parameters);
  request->tenant_id = std::move(tenant_id);
  request->deadline = deadline;
  return submit(std::move(request));
}

boost::asio::awaitable<TransactionOutcome> Pipeline::transact(std::vector<PipelineCall> calls, std::string tenant_id,
                                                              SteadyTime deadline) {
  auto outcome = std::make_shared<TransactionOutcome>();
  auto request = std::make_unique<PipelineRequest>();
  request->statement = std::move(calls.front().statement);
  request->parameters = std::move(calls.front().parameters);
  request->further.assign(std::make_move_iterator(calls.begin() + 1), std::make_move_iterator(calls.end()));
  request->outcome = outcome;
  request->tenant_id = std::move(tenant_id);
  request->deadline = deadline;
  const auto ended = co_await submit(std::move(request));
  // What ends it otherwise than by its own calls: a lost connection, the deadline, a full queue.
  if (!ended && !outcome->error) outcome->error = ended.error();
  co_return std::move(*outcome);
}

boost::asio::awaitable<Result<Rows>> Pipeline::submit(std::unique_ptr<PipelineRequest> request) {
  // A connection that is up wins; among those the one with the least to do.
  const auto best = std::ranges::min_element(connections_, {}, [](const auto& connection) {
    return connection->depth() + (connection->is_connected() ? 0 : (std::size_t{1} << 32));
  });
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Result<Rows>)>(
      [](auto handler, PipelineConnection* connection, std::unique_ptr<PipelineRequest> submitted) {
        submitted->complete = std::move(handler);
        connection->submit(std::move(submitted));
      },
      boost::asio::use_awaitable, best->get(), std::move(request));
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
