#include <platform/postgres/connection.hpp>

#include <charconv>
#include <vector>

#include <libpq-fe.h>

#include <fmt/format.h>

#include <platform/postgres/sql_error.hpp>

namespace busflow::postgres {
namespace {

bool succeeded(const pg_result* result) {
  const auto status = PQresultStatus(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
}

std::string field(const pg_result* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

std::vector<const char*> texts_of(const Parameters& parameters) {
  std::vector<const char*> texts;
  texts.reserve(parameters.size());
  for (const auto& parameter : parameters) texts.push_back(parameter ? parameter->c_str() : nullptr);
  return texts;
}

int error_position(const pg_result* result) {
  const char* text = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
  int position = 0;
  if (text != nullptr) std::from_chars(text, text + std::char_traits<char>::length(text), position);
  return position;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options) {
  const ConnectionKeywords keywords(options);
  std::unique_ptr<Connection> connection(new Connection(PQconnectdbParams(keywords.keywords(), keywords.values(), 0)));
  if (PQstatus(connection->connection_) != CONNECTION_OK) {
    std::string reason = PQerrorMessage(connection->connection_);
    while (!reason.empty() && reason.back() == '\n') reason.pop_back();
    return fail(ErrorName::kDatabaseUnavailable,
                fmt::format("cannot connect to PostgreSQL as {}: {}", options.describe(), reason));
  }
  // Notices go nowhere: they are for people at a terminal.
  PQsetNoticeProcessor(connection->connection_, [](void*, const char*) {}, nullptr);
  return connection;
}

Connection::~Connection() { PQfinish(connection_); }

bool Connection::is_alive() const { return !is_broken_ && PQstatus(connection_) == CONNECTION_OK; }

Result<Rows> Connection::take(pg_result* result) {
  Rows rows(result);
  if (succeeded(result)) return rows;
  // Behind a call that failed, which is the failure to tell of.
  if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED) return fail(ErrorName::kCancelled);
  last_failure_ = {field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_MESSAGE_PRIMARY),
                   field(result, PG_DIAG_MESSAGE_DETAIL), field(result, PG_DIAG_MESSAGE_HINT)};
  last_error_position_ = error_position(result);
  return std::unexpected(from_result(result, connection_));
}

Result<Rows> Connection::execute(const Statement& statement, const Parameters& parameters) {
  const std::string name(statement.name);
  if (!prepared_.contains(statement.name)) {
    BUSFLOW_CHECK(take(PQprepare(connection_, name.c_str(), std::string(statement.text).c_str(), 0, nullptr)));
    prepared_.insert(name);
  }
  const auto values = texts_of(parameters);
  return take(
      PQexecPrepared(connection_, name.c_str(), static_cast<int>(values.size()), values.data(), nullptr, nullptr, 0));
}

// libpq's pipeline mode, for one synchronisation point (PostgreSQL manual, "Pipeline Mode" in the chapter on libpq).
Result<Rows> Connection::execute_together(std::span<const Call> calls) {
  PQenterPipelineMode(connection_);
  std::vector<bool> was_prepared;
  bool is_sent = true;
  for (const Call& call : calls) {
    was_prepared.push_back(prepared_.contains(call.statement.name));
    is_sent = is_sent && send(call);
  }
  if (!is_sent || PQpipelineSync(connection_) == 0) {
    is_broken_ = true;  // What was sent in part must not be carried out.
    return std::unexpected(from_result(nullptr, connection_));
  }
  Result<Rows> answer = Rows();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    auto rows = receive(calls[i], was_prepared[i]);
    if (answer) answer = std::move(rows);
  }
  while (is_alive()) {
    pg_result* end = PQgetResult(connection_);
    if (PQresultStatus(end) == PGRES_PIPELINE_SYNC) {
      PQclear(end);
      break;
    }
    if (end == nullptr) continue;
    auto committed = take(end);  // What is checked at the end.
    if (answer && !committed) answer = std::move(committed);
  }
  PQexitPipelineMode(connection_);
  return answer;
}

bool Connection::send(const Call& call) {
  const std::string name(call.statement.name);
  if (prepared_.insert(name).second &&
      PQsendPrepare(connection_, name.c_str(), std::string(call.statement.text).c_str(), 0, nullptr) == 0)
    return false;
  const auto values = texts_of(call.parameters);
  return PQsendQueryPrepared(connection_, name.c_str(), static_cast<int>(values.size()), values.data(), nullptr,
                             nullptr, 0) != 0;
}

/// The results of what send() sent; each is followed by a null one.
Result<Rows> Connection::receive(const Call& call, bool was_prepared) {
  if (!was_prepared) {
    auto prepared = take(PQgetResult(connection_));
    const Rows separator(PQgetResult(connection_));
    if (!prepared) {
      prepared_.erase(prepared_.find(call.statement.name));
      const Rows skipped(PQgetResult(connection_));
      const Rows end(PQgetResult(connection_));
      return prepared;
    }
  }
  auto rows = take(PQgetResult(connection_));
  const Rows separator(PQgetResult(connection_));
  return rows;
}

Result<Rows> Connection::run(const std::string& sql) { return take(PQexec(connection_, sql.c_str())); }

}  // namespace busflow::postgres
