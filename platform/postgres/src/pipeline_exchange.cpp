// The sending and receiving half of PipelineConnection: what libpq calls pipeline mode
// (PostgreSQL manual, "Pipeline Mode" in the chapter on libpq).

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/post.hpp>

#include <libpq-fe.h>

#include <fmt/format.h>

#include <platform/postgres/sql_error.hpp>

#include "parameter_arrays.hpp"
#include "pipeline_connection.hpp"

namespace busflow::postgres {
namespace {

constexpr std::string_view kNoSuchPreparedStatement = "26000";
/// One is carried out while the next is on its way. What comes meanwhile shares the one after: a transaction, its
/// tenant and two system calls.
constexpr std::size_t kMostBatches = 2;
constexpr std::size_t kMostShared = 32;
/// How long transactions are carried out alone after a shared one failed: sharing would mean doing them twice.
constexpr std::chrono::seconds kAfterFailure{1};
/// After two groups have waited for each other, which took PostgreSQL a second to find out.
constexpr std::chrono::seconds kAfterDeadlock{60};

/// "p123" without an allocation.
class StatementName {
 public:
  explicit StatementName(std::uint64_t id) { *fmt::format_to(text_.data(), "p{}", id) = '\0'; }
  const char* c_str() const { return text_.data(); }

 private:
  std::array<char, 24> text_{};
};

}  // namespace

void PipelineConnection::schedule_flush() {
  if (flush_scheduled_) return;
  flush_scheduled_ = true;
  boost::asio::post(loop_, [self = shared_from_this()] {
    self->flush_scheduled_ = false;
    if (self->state_ == State::kConnected) self->flush_batch();
  });
}

void PipelineConnection::flush_batch() {
  if (waiting_.empty() || batches_in_flight_ >= kMostBatches) return;
  std::deque<std::shared_ptr<PipelineRequest>> batch;
  batch.swap(waiting_);
  if (in_flight_ == 0) busy_since_ = std::chrono::steady_clock::now();
  batch_tenant_.clear();  // settings are local to the implicit transaction, which starts here
  batch_timeout_.reset();
  std::vector<Group> reads;
  Group group;
  const auto end_transaction = [&] {
    if (send_reads(std::exchange(reads, {})) || !group.empty()) synchronise(std::exchange(group, {}));
  };
  for (const auto& request : batch) {
    if (!request->complete) continue;
    if (state_ != State::kConnected) {
      answer(*request, fail(ErrorName::kDatabaseUnavailable, "the connection to PostgreSQL was lost"));
    } else if (request->outcome == nullptr) {
      if (!group.empty()) end_transaction();
      gather(reads, request);
    } else {
      if (!joins(group, *request)) end_transaction();
      if (send_transaction(request)) group.push_back(request);
    }
  }
  if (state_ != State::kConnected) return;
  end_transaction();
  flush_output();
}

/// Puts it to those that may be asked for together with it.
void PipelineConnection::gather(std::vector<Group>& reads, const std::shared_ptr<PipelineRequest>& request) {
  constexpr std::size_t kLookBack = 8;
  if (request->is_quick() && !request->is_alone && request->statement->many != nullptr) {
    const auto fits = [&](const Group& group) {
      const PipelineRequest& first = *group.front();
      return first.statement == request->statement && first.has_settings_of(*request) && !first.is_alone &&
             group.size() < kMostShared;
    };
    const auto end = reads.rbegin() + static_cast<std::ptrdiff_t>(std::min(kLookBack, reads.size()));
    if (const auto found = std::find_if(reads.rbegin(), end, fits); found != end) {
      found->push_back(request);
      return;
    }
  }
  reads.push_back({request});
}

/// Whether anything was sent.
bool PipelineConnection::send_reads(std::vector<Group> reads) {
  bool is_any_sent = false;
  for (Group& group : reads) {
    const auto request = group.size() == 1 ? group.front() : ask_together(std::move(group));
    is_any_sent = send(request) || is_any_sent;
  }
  return is_any_sent;
}

std::shared_ptr<PipelineRequest> PipelineConnection::ask_together(Group members) {
  auto together = std::make_shared<PipelineRequest>();
  const PipelineRequest& first = *members.front();
  together->statement = first.statement->many;
  together->tenant_id = first.tenant_id;
  together->statement_timeout = first.statement_timeout;
  together->deadline = SteadyTime::max();  // Theirs are watched one by one.
  together->parameters =
      parameter_arrays(members, [](const auto& member) -> const Parameters& { return member->parameters; });
  together->members = std::move(members);
  // It completes within a member function of this connection only.
  together->complete = [this, request = together.get()](Result<Rows> rows) { hand_out(request->members, rows); };
  return together;
}

void PipelineConnection::hand_out(const Group& members, const Result<Rows>& rows) {
  const bool is_outage =
      !rows && (rows.error().name == ErrorName::kDatabaseUnavailable || rows.error().name == ErrorName::kCancelled);
  if (is_outage) {
    for (const auto& member : members) answer(*member, std::unexpected(rows.error()));
  } else if (!rows) {
    for (const auto& member : members) {
      member->is_alone = true;
      retry(member);
    }
  } else {
    const std::size_t numbers = rows->columns() - 1;
    for (std::size_t row = 0; row < rows->size(); ++row) {
      const auto number = static_cast<std::size_t>(rows->integer(row, numbers));
      if (number >= 1 && number <= members.size()) answer(*members[number - 1], rows->row(row));
    }
    for (const auto& member : members)
      answer(*member, fail(ErrorName::kInternal, "a statement for many gave no row for one of them"));
  }
}

bool PipelineConnection::joins(const Group& group, const PipelineRequest& request) const {
  if (group.empty() || group.size() >= kMostShared) return false;
  const PipelineRequest& first = *group.front();
  return first.sharing == Sharing::kShared && request.sharing == Sharing::kShared &&
         first.statement == request.statement && first.has_settings_of(request) &&
         std::chrono::steady_clock::now() >= shares_again_at_;
}

/// Ends the implicit transaction: that of the group, or of the reads before.
void PipelineConnection::synchronise(Group group) {
  PQpipelineSync(connection_);
  sent_.push_back({.kind = Kind::kSynchronise, .group = std::move(group)});
  ++batches_in_flight_;
  batch_tenant_.clear();
  batch_timeout_.reset();
}

bool PipelineConnection::send(const std::shared_ptr<PipelineRequest>& request) {
  if (send_settings(request) && send_call(request, *request->statement, request->parameters)) {
    ++in_flight_;
    return true;
  }
  answer(*request, fail(ErrorName::kDatabaseUnavailable, PQerrorMessage(connection_)));
  return false;
}

bool PipelineConnection::send_transaction(const std::shared_ptr<PipelineRequest>& request) {
  bool is_sent = send_settings(request) && send_call(request, *request->statement, request->parameters);
  for (const PipelineCall& call : request->further)
    is_sent = is_sent && send_call(request, *call.statement, call.parameters);
  ++in_flight_;
  if (is_sent) return true;
  // libpq refuses only when it has no memory or no connection left; then what was sent must not be committed.
  const std::string reason = PQerrorMessage(connection_);
  lost(reason);
  answer(*request, fail(ErrorName::kDatabaseUnavailable, reason));
  return false;
}

/// Those that differ from what is in force in the transaction.
bool PipelineConnection::send_settings(const std::shared_ptr<PipelineRequest>& request) {
  if (request->tenant_id != batch_tenant_) {
    if (!send_setting(request, "set_tenant", request->tenant_id)) return false;
    batch_tenant_ = request->tenant_id;
  }
  if (request->statement_timeout != batch_timeout_) {
    const auto timeout = request->statement_timeout.value_or(options_.statement_timeout);
    if (!send_setting(request, "set_timeout", std::to_string(timeout.count()))) return false;
    batch_timeout_ = request->statement_timeout;
  }
  return true;
}

bool PipelineConnection::send_setting(const std::shared_ptr<PipelineRequest>& request, const char* statement,
                                      const std::string& value) {
  const char* values[] = {value.c_str()};
  if (PQsendQueryPrepared(connection_, statement, 1, values, nullptr, nullptr, 0) == 0) return false;
  sent_.push_back({Kind::kSet, request});
  return true;
}

bool PipelineConnection::send_call(const std::shared_ptr<PipelineRequest>& request, const PipelineStatement& statement,
                                   const Parameters& parameters) {
  const StatementName name(statement.id);
  if (!prepared_.contains(statement.id)) {
    if (PQsendPrepare(connection_, name.c_str(), statement.text.c_str(), 0, nullptr) == 0) return false;
    prepared_.insert(statement.id);
    sent_.push_back({Kind::kPrepare, request, statement.id});
  }
  constexpr std::size_t kFewParameters = 16;
  std::array<const char*, kFewParameters> few;
  std::vector<const char*> many;
  const char** values = few.data();
  if (parameters.size() > kFewParameters) {
    many.resize(parameters.size());
    values = many.data();
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    values[i] = parameter ? parameter->c_str() : nullptr;
  }
  const auto count = static_cast<int>(parameters.size());
  if (PQsendQueryPrepared(connection_, name.c_str(), count, values, nullptr, nullptr, 0) == 0) return false;
  sent_.push_back({Kind::kQuery, request});
  return true;
}

void PipelineConnection::flush_output() {
  const int left = PQflush(connection_);
  if (left < 0) {
    lost(PQerrorMessage(connection_));
    return;
  }
  if (left == 0 || waiting_writable_) return;
  waiting_writable_ = true;
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (error) return;
                       self->waiting_writable_ = false;
                       if (self->state_ == State::kConnected) self->flush_output();
                     });
}

/// How long what was just answered has taken.
StatementCosts::Duration PipelineConnection::take_time() {
  const auto now = std::chrono::steady_clock::now();
  return now - std::exchange(busy_since_, now);
}

void PipelineConnection::wait_readable() {
  if (waiting_readable_) return;
  waiting_readable_ = true;
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (error || self->state_ != State::kConnected) return;
                       self->waiting_readable_ = false;
                       self->receive();
                     });
}

void PipelineConnection::receive() {
  if (PQconsumeInput(connection_) == 0) {
    lost(PQerrorMessage(connection_));
    return;
  }
  // A completed request may stop this connection, so the state is looked at again each time.
  while (state_ == State::kConnected && !sent_.empty() && PQisBusy(connection_) == 0) {
    pg_result* result = PQgetResult(connection_);
    if (result == nullptr) {
      // The end of one command's results. A synchronisation point has its own sign, also after a failed commit.
      if (sent_.front().kind != Kind::kSynchronise) sent_.pop_front();
      continue;
    }
    handle(result);
  }
  if (state_ != State::kConnected) return;
  if (PQstatus(connection_) != CONNECTION_OK) {
    lost(PQerrorMessage(connection_));
    return;
  }
  wait_readable();
}

void PipelineConnection::handle(pg_result* result) {
  const Sent front = sent_.front();  // Its own share: a completed request may stop this connection.
  const auto status = PQresultStatus(result);
  const bool failed = status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_ABORTED;
  switch (front.kind) {
    case Kind::kSynchronise: handle_synchronisation(front.group, result); return;
    case Kind::kQuery: handle_query(front.request, result); return;
    case Kind::kPrepare:
    case Kind::kSet:
      if (failed && front.kind == Kind::kPrepare) prepared_.erase(front.prepared);
      if (status == PGRES_FATAL_ERROR && !front.request->failure) {
        front.request->failure = std::make_unique<Error>(from_result(result, connection_));
      }
      PQclear(result);
      return;
    case Kind::kConfigure: PQclear(result); return;
  }
}

void PipelineConnection::handle_synchronisation(const Group& group, pg_result* result) {
  const Rows owner(result);
  const auto status = PQresultStatus(result);
  if (status == PGRES_FATAL_ERROR && !group.empty() && !group.back()->outcome->error) {
    group.back()->outcome->error = from_result(result, connection_);  // What is checked at the end, by the commit.
    group.back()->outcome->failed_call = 1 + group.back()->further.size();
  }
  if (status != PGRES_PIPELINE_SYNC) return;
  sent_.pop_front();
  --batches_in_flight_;
  if (!waiting_.empty()) schedule_flush();
  in_flight_ -= group.size();
  if (!group.empty())
    costs_->note(group.front()->statement->id, take_time() / static_cast<StatementCosts::Duration::rep>(group.size()));
  if (group.size() == 1) finish_alone(group.front());
  if (group.size() > 1) finish_shared(group);
}

void PipelineConnection::finish_alone(const std::shared_ptr<PipelineRequest>& transaction) {
  TransactionOutcome& outcome = *transaction->outcome;
  if (transaction->must_prepare_again && !transaction->prepared_again) {
    transaction->prepared_again = true;
    outcome = {};
    retry(transaction);
    return;
  }
  if (transaction->failure) outcome.error = *transaction->failure;
  answer(*transaction, Rows(nullptr));
}

/// When one failed, all have been undone, so each may be sent again.
void PipelineConnection::finish_shared(const Group& group) {
  const auto failed = std::ranges::find_if(group, [](const auto& transaction) {
    return transaction->failure != nullptr || transaction->outcome->error.has_value();
  });
  if (failed == group.end()) {
    for (const auto& transaction : group) answer(*transaction, Rows(nullptr));
    return;
  }
  const auto& error = (*failed)->outcome->error;
  const bool was_locked = error && error->name == ErrorName::kConcurrentUpdate;
  shares_again_at_ = std::chrono::steady_clock::now() + (was_locked ? kAfterDeadlock : kAfterFailure);
  for (const auto& transaction : group) {
    *transaction->outcome = {};
    transaction->failure = nullptr;
    transaction->must_prepare_again = false;
    transaction->sharing = Sharing::kAlone;
    retry(transaction);
  }
}

void PipelineConnection::handle_call(PipelineRequest& transaction, pg_result* result) {
  TransactionOutcome& outcome = *transaction.outcome;
  Rows rows(result);
  const auto status = PQresultStatus(result);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
    outcome.rows.push_back(std::move(rows));
    return;
  }
  if (status == PGRES_PIPELINE_ABORTED || outcome.error) return;
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (sqlstate != nullptr && sqlstate == kNoSuchPreparedStatement) transaction.must_prepare_again = true;
  outcome.error = from_result(result, connection_);
  outcome.failed_call = outcome.rows.size();
  if (!transaction.must_prepare_again) return;
  prepared_.erase(transaction.statement->id);
  for (const PipelineCall& call : transaction.further) prepared_.erase(call.statement->id);
}

void PipelineConnection::handle_query(const std::shared_ptr<PipelineRequest>& request, pg_result* result) {
  if (request->outcome != nullptr) {
    handle_call(*request, result);
    return;
  }
  const auto status = PQresultStatus(result);
  --in_flight_;
  const bool is_many = !request->members.empty();
  costs_->note((is_many ? request->members.front() : request)->statement->id,
               take_time() / static_cast<StatementCosts::Duration::rep>(is_many ? request->members.size() : 1));
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
    answer(*request, Rows(result));
    return;
  }
  const Rows owner(result);
  if (request->failure) {
    answer(*request, std::unexpected(*request->failure));
    return;
  }
  if (status == PGRES_PIPELINE_ABORTED) {
    retry(request);
    return;
  }
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  // Its preparation was aborted with the batch before, after this one had been sent.
  if (sqlstate != nullptr && sqlstate == kNoSuchPreparedStatement && !request->prepared_again) {
    request->prepared_again = true;
    prepared_.erase(request->statement->id);
    retry(request);
    return;
  }
  answer(*request, std::unexpected(from_result(result, connection_)));
}

void PipelineConnection::retry(const std::shared_ptr<PipelineRequest>& request) {
  if (!request->complete) return;
  waiting_.push_back(request);
  schedule_flush();
}

}  // namespace busflow::postgres
