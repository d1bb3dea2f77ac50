#include "replication_stream.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>

#include <libpq-fe.h>

#include <fmt/format.h>

namespace busflow::change_feed {
namespace {

/// How long a stop request may go unnoticed.
constexpr int kSliceMilliseconds = 100;
constexpr std::size_t kLogDataHeader = 1 + 3 * sizeof(std::uint64_t);
constexpr std::size_t kKeepAlive = 1 + 2 * sizeof(std::uint64_t) + 1;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes.substr(0, sizeof value)) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

void append_big_endian(std::string& message, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) message += static_cast<char>(value >> static_cast<unsigned>(shift));
}

void wait_readable(int socket) {
  pollfd descriptor{socket, POLLIN, 0};
  poll(&descriptor, 1, kSliceMilliseconds);
}

/// PostgreSQL's words, and what an operator can do about them.
Error explained(Error error, std::string_view sqlstate) {
  if (error.detail.find("wal_level") != std::string::npos) {
    error.detail += "; set wal_level = logical and restart the server";
  } else if (sqlstate == "42501" || error.detail.find("walsender") != std::string::npos ||
             error.detail.find("WAL sender") != std::string::npos) {
    error.detail += "; the feed's user needs LOGIN and REPLICATION";
  } else if (sqlstate == "58P01") {
    error.detail += "; install PostgreSQL's contrib modules";
  }
  return error;
}

std::string slot_name() {
  static std::atomic<unsigned> count = 0;
  return fmt::format("busflow_feed_{}_{}", getpid(), ++count);
}

}  // namespace

void ReplicationStream::FreeBuffer::operator()(char* buffer) const { PQfreemem(buffer); }

Result<std::unique_ptr<ReplicationStream>> ReplicationStream::begin(const postgres::ConnectionOptions& options,
                                                                    std::chrono::milliseconds confirm_every,
                                                                    const std::stop_token& stop) {
  auto replication = options;
  replication.replication = "database";
  auto connection = postgres::Connection::open(replication);
  if (!connection) return std::unexpected(explained(connection.error(), ""));
  std::unique_ptr<ReplicationStream> stream(new ReplicationStream(std::move(*connection), confirm_every));
  // Several servers on one machine or several processes in containers may have equal names: the slot's is made unique
  // by the server's own process number.
  BUSFLOW_TRY(const auto backend, stream->query("SELECT pg_backend_pid()", stop));
  const std::string slot = fmt::format("{}_{}", slot_name(), backend.text(0, 0));
  BUSFLOW_CHECK(stream->query(
      fmt::format("CREATE_REPLICATION_SLOT {} TEMPORARY LOGICAL test_decoding (SNAPSHOT 'nothing')", slot), stop));
  BUSFLOW_CHECK(stream->read_catalog(stop));
  BUSFLOW_CHECK(stream->query(
      fmt::format("START_REPLICATION SLOT {} LOGICAL 0/0 (\"include-xids\" 'on', \"skip-empty-xacts\" 'on')", slot),
      stop));
  stream->confirmed_at_ = std::chrono::steady_clock::now();
  return stream;
}

Result<void> ReplicationStream::read_catalog(const std::stop_token& stop) {
  // After the slot was made: a table that is made later shows up as unknown.
  BUSFLOW_TRY(const auto rows,
              query("SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN "
                    "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')",
                    stop));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    tables_.insert({std::string(rows.text(row, 0)), std::string(rows.text(row, 1))});
  }
  BUSFLOW_TRY(
      const auto limit,
      query("SELECT setting::bigint * 1048576 FROM pg_catalog.pg_settings WHERE name = 'max_slot_wal_keep_size' "
            "AND setting::bigint >= 0",
            stop));
  if (!limit.empty()) {
    std::uint64_t bytes = 0;
    const auto text = limit.text(0, 0);
    std::from_chars(text.data(), text.data() + text.size(), bytes);
    retention_limit_ = bytes;
  }
  return {};
}

Result<postgres::Rows> ReplicationStream::query(const std::string& sql, const std::stop_token& stop) {
  auto* native = connection_->native();
  const auto lost = [&] {
    return fail(ErrorName::kDatabaseUnavailable, std::string(connection_lost().error().detail));
  };
  if (PQsendQuery(native, sql.c_str()) == 0) return lost();
  while (PQisBusy(native) != 0) {
    if (stop.stop_requested()) return fail(ErrorName::kCancelled);
    wait_readable(PQsocket(native));
    if (PQconsumeInput(native) == 0) return lost();
  }
  postgres::Rows rows(PQgetResult(native));
  const pg_result* result = rows.native();
  const auto status = PQresultStatus(result);
  if (status == PGRES_COPY_BOTH) return rows;
  while (PGresult* more = PQgetResult(native)) PQclear(more);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return rows;
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (message == nullptr) return lost();
  Error error{ErrorName::kDatabaseUnavailable, message, {}};
  return std::unexpected(explained(std::move(error), sqlstate == nullptr ? "" : sqlstate));
}

Result<std::string_view> ReplicationStream::connection_lost() const {
  std::string reason = PQerrorMessage(connection_->native());
  while (!reason.empty() && reason.back() == '\n') reason.pop_back();
  return fail(ErrorName::kDatabaseUnavailable, reason.empty() ? "the server ended the stream" : reason);
}

Result<std::optional<std::string_view>> ReplicationStream::next(const std::stop_token& stop, SteadyTime until) {
  auto* native = connection_->native();
  while (!stop.stop_requested()) {
    char* raw = nullptr;
    const int size = PQgetCopyData(native, &raw, 1);
    buffer_.reset(raw);
    if (size > 0) {
      BUSFLOW_TRY(const bool has_line, take_message({raw, static_cast<std::size_t>(size)}));
      if (has_line) return line_;
      continue;
    }
    if (size < 0) return std::unexpected(connection_lost().error());
    const auto now = std::chrono::steady_clock::now();
    if (now >= confirmed_at_ + confirm_every_) BUSFLOW_CHECK(confirm());
    if (now >= until) break;
    wait_readable(PQsocket(native));
    if (PQconsumeInput(native) == 0) return std::unexpected(connection_lost().error());
  }
  return std::nullopt;
}

Result<bool> ReplicationStream::take_message(std::string_view message) {
  if (message.front() == 'w' && message.size() >= kLogDataHeader) {
    const auto start = big_endian(message.substr(1));
    server_end_ = std::max(server_end_, big_endian(message.substr(9)));
    received_ = std::max(received_, start);
    line_ = message.substr(kLogDataHeader);
    return true;
  }
  if (message.front() == 'k' && message.size() >= kKeepAlive) {
    // Sent once everything before it has been: nothing older is on its way.
    server_end_ = std::max(server_end_, big_endian(message.substr(1)));
    received_ = server_end_;
    if (message[kKeepAlive - 1] != 0) BUSFLOW_CHECK(confirm());
    return false;
  }
  return fail(ErrorName::kInternal, "the replication stream holds a message of an unknown kind");
}

Result<void> ReplicationStream::confirm() {
  std::string message = "r";
  for (int i = 0; i < 3; ++i) append_big_endian(message, received_);  // written, flushed, applied
  append_big_endian(message, 0);                                      // our clock, which nobody reads
  message += '\0';
  auto* native = connection_->native();
  if (PQputCopyData(native, message.data(), static_cast<int>(message.size())) != 1 || PQflush(native) < 0) {
    return std::unexpected(connection_lost().error());
  }
  confirmed_at_ = std::chrono::steady_clock::now();
  return {};
}

}  // namespace busflow::change_feed
