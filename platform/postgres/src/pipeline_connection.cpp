#include "pipeline_connection.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include <boost/asio/post.hpp>

#include <libpq-fe.h>

#include <fmt/format.h>

namespace busflow::postgres {
namespace {

constexpr std::chrono::milliseconds kFirstBackoff{100};
constexpr std::chrono::milliseconds kLongestBackoff{5000};
constexpr std::chrono::milliseconds kSweepInterval{50};

}  // namespace

PipelineConnection::PipelineConnection(boost::asio::io_context& loop, const PipelineOptions& options,
                                       std::shared_ptr<StatementCosts> costs)
    : loop_(loop),
      options_(options),
      costs_(std::move(costs)),
      socket_(loop),
      reconnect_timer_(loop),
      sweep_timer_(loop) {}

PipelineConnection::~PipelineConnection() { disconnect(); }

void PipelineConnection::start() { connect(); }

void PipelineConnection::stop() {
  if (state_ == State::kStopped) return;
  state_ = State::kStopped;
  reconnect_timer_.cancel();
  sweep_timer_.cancel();
  disconnect();
  fail_all({ErrorName::kCancelled, {}, {}});
}

void PipelineConnection::connect() {
  state_ = backoff_.count() == 0 ? State::kConnecting : State::kDown;
  const ConnectionKeywords keywords(options_.connection);
  connection_ = PQconnectStartParams(keywords.keywords(), keywords.values(), 0);
  if (connection_ == nullptr || PQstatus(connection_) == CONNECTION_BAD) {
    lost("the connection cannot be started");
    return;
  }
  PQsetNoticeProcessor(connection_, [](void*, const char*) {}, nullptr);
  socket_.assign(PQsocket(connection_));
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error) self->poll_connect();
                     });
}

void PipelineConnection::poll_connect() {
  const auto status = PQconnectPoll(connection_);
  if (status == PGRES_POLLING_FAILED) {
    lost(PQerrorMessage(connection_));
    return;
  }
  if (status == PGRES_POLLING_OK) {
    connected();
    return;
  }
  // libpq may have moved on to another address and with it to another socket.
  if (socket_.native_handle() != PQsocket(connection_)) {
    socket_.release();
    socket_.assign(PQsocket(connection_));
  }
  const auto what = status == PGRES_POLLING_READING ? boost::asio::posix::stream_descriptor::wait_read
                                                    : boost::asio::posix::stream_descriptor::wait_write;
  socket_.async_wait(what, [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->poll_connect();
  });
}

void PipelineConnection::connected() {
  PQsetnonblocking(connection_, 1);
  PQenterPipelineMode(connection_);
  state_ = State::kConnected;
  backoff_ = std::chrono::milliseconds{0};
  const auto timeout = std::to_string(options_.statement_timeout.count());
  const char* values[] = {timeout.c_str()};
  PQsendQueryParams(connection_, "SELECT set_config('statement_timeout', $1, false)", 1, nullptr, values, nullptr,
                    nullptr, 0);
  sent_.push_back({Kind::kConfigure});
  PQsendPrepare(connection_, "set_tenant", "SELECT set_config('busflow.tenant_id', $1, true)", 0, nullptr);
  sent_.push_back({Kind::kConfigure});
  PQsendPrepare(connection_, "set_timeout", "SELECT set_config('statement_timeout', $1, true)", 0, nullptr);
  sent_.push_back({Kind::kConfigure});
  PQpipelineSync(connection_);
  sent_.push_back({Kind::kSynchronise});
  batches_in_flight_ = 1;
  flush_output();
  wait_readable();
  if (!waiting_.empty()) schedule_flush();
}

void PipelineConnection::disconnect() {
  if (socket_.is_open()) {
    socket_.cancel();
    socket_.release();  // libpq closes it
  }
  if (connection_ != nullptr) PQfinish(connection_);
  connection_ = nullptr;
  prepared_.clear();
  sent_.clear();
  waiting_readable_ = false;
  waiting_writable_ = false;
}

void PipelineConnection::lost(const std::string& reason) {
  if (state_ == State::kStopped) return;
  const auto text = reason.substr(0, reason.find('\n'));
  std::deque<Sent> sent;
  sent.swap(sent_);
  disconnect();
  state_ = State::kDown;
  in_flight_ = 0;
  const Error error{ErrorName::kDatabaseUnavailable, fmt::format("no connection to PostgreSQL: {}", text), {}};
  for (const auto& item : sent) {
    if (item.kind == Kind::kQuery) answer(*item.request, std::unexpected(error));  // Once, however many calls it has.
  }
  fail_all(error);
  backoff_ = std::clamp(backoff_ * 2, kFirstBackoff, kLongestBackoff);
  reconnect_timer_.expires_after(backoff_);
  reconnect_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& wait_error) {
    if (!wait_error && self->state_ == State::kDown) self->connect();
  });
}

void PipelineConnection::submit(std::unique_ptr<PipelineRequest> request) {
  if (state_ == State::kDown || state_ == State::kStopped || depth() >= options_.queue_limit) {
    Error error{ErrorName::kDatabaseUnavailable, "no connection to PostgreSQL at the moment", {}};
    if (state_ == State::kStopped) error = {ErrorName::kCancelled, {}, {}};
    if (depth() >= options_.queue_limit)
      error = {ErrorName::kOverloaded, "too many queries are waiting for the database", {}};
    boost::asio::post(loop_, [refused = std::move(request), error]() { answer(*refused, std::unexpected(error)); });
    return;
  }
  constexpr std::chrono::milliseconds kLongestTimeout{std::numeric_limits<std::int32_t>::max()};
  const auto longest = options_.statement_timeout.count() > 0 ? options_.statement_timeout : kLongestTimeout;
  if (request->statement_timeout >= longest) request->statement_timeout.reset();  // It is in force anyway.
  if (request->deadline != SteadyTime::max()) start_sweeping();
  request->work = Work(work_, request->expected);
  waiting_.push_back(std::move(request));
  if (state_ == State::kConnected) schedule_flush();
}

void PipelineConnection::answer(PipelineRequest& request, Result<Rows> result) {
  if (!request.complete) return;
  auto complete = std::exchange(request.complete, nullptr);
  complete(std::move(result));
}

void PipelineConnection::fail_all(const Error& error) {
  std::deque<std::shared_ptr<PipelineRequest>> waiting;
  waiting.swap(waiting_);
  for (const auto& request : waiting) answer(*request, std::unexpected(error));
}

void PipelineConnection::start_sweeping() {
  if (sweeping_) return;
  sweeping_ = true;
  sweep_timer_.expires_after(kSweepInterval);
  sweep_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    self->sweeping_ = false;
    if (!error) self->sweep();
  });
}

void PipelineConnection::sweep() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<PipelineRequest>> late;
  for (const auto& request : waiting_) {
    if (request->deadline <= now) late.push_back(request);
  }
  std::erase_if(waiting_, [now](const auto& request) { return request->deadline <= now; });
  for (const auto& item : sent_) {
    if (item.kind != Kind::kQuery) continue;
    if (item.request->deadline <= now) late.push_back(item.request);
    for (const auto& member : item.request->members) {
      if (member->deadline <= now) late.push_back(member);
    }
  }
  for (const auto& request : late) answer(*request, fail(ErrorName::kDeadlineExceeded));
  if (depth() > 0) start_sweeping();
}

}  // namespace busflow::postgres
