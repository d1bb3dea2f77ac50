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

bool Connection::is_alive() const { return PQstatus(connection_) == CONNECTION_OK; }

Result<Rows> Connection::take(pg_result* result) {
  Rows rows(result);
  if (succeeded(result)) return rows;
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
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
  return take(
      PQexecPrepared(connection_, name.c_str(), static_cast<int>(values.size()), values.data(), nullptr, nullptr, 0));
}

Result<Rows> Connection::run(const std::string& sql) { return take(PQexec(connection_, sql.c_str())); }

}  // namespace busflow::postgres
