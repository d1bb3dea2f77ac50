#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <platform/postgres/pipeline.hpp>

#include "statement_costs.hpp"

struct pg_conn;
struct pg_result;

namespace busflow::postgres {

/// Its share of what a connection has to do, for as long as it lives.
class Work {
 public:
  Work() = default;
  Work(std::shared_ptr<StatementCosts::Duration> sum, StatementCosts::Duration share)
      : sum_(std::move(sum)), share_(share) {
    *sum_ += share_;
  }
  Work(Work&& other) noexcept : sum_(std::move(other.sum_)), share_(other.share_) {}
  Work& operator=(Work&& other) noexcept {
    std::swap(sum_, other.sum_);
    std::swap(share_, other.share_);
    return *this;
  }
  ~Work() {
    if (sum_ != nullptr) *sum_ -= share_;
  }

 private:
  std::shared_ptr<StatementCosts::Duration> sum_;
  StatementCosts::Duration share_{};
};

/// One request on its way through a pipeline.
struct PipelineRequest {
  std::shared_ptr<const PipelineStatement> statement;
  Parameters parameters;
  /// Reads that this one asks for together, in the order of their numbers.
  std::vector<std::shared_ptr<PipelineRequest>> members{};
  bool is_alone = false;                        ///< Must not become a member again.
  std::vector<PipelineCall> further;            ///< Of a transaction: what follows the first statement.
  std::shared_ptr<TransactionOutcome> outcome;  ///< Makes it a transaction; filled before it completes.
  Sharing sharing = Sharing::kAlone;            ///< Of a transaction.
  std::string tenant_id;
  SteadyTime deadline;
  std::optional<std::chrono::milliseconds> statement_timeout;  ///< Nothing: that of the options.
  std::move_only_function<void(Result<Rows>)> complete;  ///< Empty once answered, for instance after the deadline.
  std::unique_ptr<Error> failure;                        ///< Of its preparation; makes "aborted" final.
  StatementCosts::Duration expected{};                   ///< kQuick while nothing is known.
  Work work;
  bool prepared_again = false;
  bool must_prepare_again = false;  ///< Of a transaction: a statement was unknown, so nothing was carried out.

  bool is_quick() const { return expected < StatementCosts::kQuick; }
  bool has_settings_of(const PipelineRequest& other) const {
    return tenant_id == other.tenant_id && statement_timeout == other.statement_timeout;
  }
};

/// One connection of a Pipeline. All members run on its event loop.
class PipelineConnection : public std::enable_shared_from_this<PipelineConnection> {
 public:
  PipelineConnection(boost::asio::io_context& loop, const PipelineOptions& options,
                     std::shared_ptr<StatementCosts> costs);
  ~PipelineConnection();

  void start();
  void stop();
  /// Takes the request, or answers it later with an error; never calls `complete` before it returns.
  void submit(std::unique_ptr<PipelineRequest> request);

  bool is_connected() const { return state_ == State::kConnected; }
  std::size_t depth() const { return waiting_.size() + in_flight_; }
  /// How long what is here will take; at least as long as what is carried out has taken.
  StatementCosts::Duration work(SteadyTime now) const {
    return in_flight_ == 0 ? *work_ : std::max(*work_, now - busy_since_);
  }

 private:
  enum class State { kConnecting, kConnected, kDown, kStopped };
  enum class Kind { kConfigure, kPrepare, kSet, kQuery, kSynchronise };
  /// Transactions that one commit ends, or reads that one statement answers.
  using Group = std::vector<std::shared_ptr<PipelineRequest>>;
  struct Sent {
    Kind kind;
    std::shared_ptr<PipelineRequest> request{};
    std::uint64_t prepared = 0;  ///< Of kPrepare: the statement.
    Group group{};               ///< Of kSynchronise: what it commits; empty after reads.
  };

  // Connecting
  void connect();
  void poll_connect();
  void connected();
  void lost(const std::string& reason);
  void disconnect();

  // Sending
  void schedule_flush();
  void flush_batch();
  bool send(const std::shared_ptr<PipelineRequest>& request);
  static void gather(std::vector<Group>& reads, const std::shared_ptr<PipelineRequest>& request);
  bool send_reads(std::vector<Group> reads);
  std::shared_ptr<PipelineRequest> ask_together(Group members);
  void hand_out(const Group& members, const Result<Rows>& rows);
  bool send_transaction(const std::shared_ptr<PipelineRequest>& request);
  bool joins(const Group& group, const PipelineRequest& request) const;
  bool send_settings(const std::shared_ptr<PipelineRequest>& request);
  bool send_setting(const std::shared_ptr<PipelineRequest>& request, const char* statement, const std::string& value);
  bool send_call(const std::shared_ptr<PipelineRequest>& request, const PipelineStatement& statement,
                 const Parameters& parameters);
  void synchronise(Group group = {});
  void flush_output();

  // Receiving
  void wait_readable();
  void receive();
  void handle(pg_result* result);
  void handle_query(const std::shared_ptr<PipelineRequest>& request, pg_result* result);
  void handle_call(PipelineRequest& transaction, pg_result* result);
  void handle_synchronisation(const Group& group, pg_result* result);
  void finish_alone(const std::shared_ptr<PipelineRequest>& transaction);
  void finish_shared(const Group& group);
  void retry(const std::shared_ptr<PipelineRequest>& request);

  StatementCosts::Duration take_time();

  // Deadlines
  void start_sweeping();
  void sweep();

  static void answer(PipelineRequest& request, Result<Rows> result);
  void fail_all(const Error& error);

  boost::asio::io_context& loop_;
  const PipelineOptions options_;
  const std::shared_ptr<StatementCosts> costs_;
  const std::shared_ptr<StatementCosts::Duration> work_ = std::make_shared<StatementCosts::Duration>();
  SteadyTime busy_since_{};  ///< When what is carried out now began, as far as answers tell.
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer reconnect_timer_;
  boost::asio::steady_timer sweep_timer_;
  State state_ = State::kConnecting;
  pg_conn* connection_ = nullptr;
  std::chrono::milliseconds backoff_{0};
  std::unordered_set<std::uint64_t> prepared_;
  std::deque<std::shared_ptr<PipelineRequest>> waiting_;
  std::deque<Sent> sent_;
  std::size_t in_flight_ = 0;
  std::size_t batches_in_flight_ = 0;  ///< Synchronisation points that are not reached yet.
  std::string batch_tenant_;
  std::optional<std::chrono::milliseconds> batch_timeout_;  ///< As of PipelineRequest, in force now.
  SteadyTime shares_again_at_{};                            ///< After a shared transaction failed.
  bool flush_scheduled_ = false;
  bool waiting_readable_ = false;
  bool waiting_writable_ = false;
  bool sweeping_ = false;
};

}  // namespace busflow::postgres
