#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/change_feed/changes.hpp>
#include <platform/postgres/connection.hpp>

namespace busflow::change_feed {

/// Logical decoding over the streaming replication protocol
/// (https://www.postgresql.org/docs/current/protocol-replication.html), on a temporary slot.
class ReplicationStream {
 public:
  /// Waits until the server has a consistent starting point, which is after the transactions that are open now.
  /// Errors: kDatabaseUnavailable, kCancelled at a stop, and those of PostgreSQL, of which the common ones say what to
  /// change.
  static Result<std::unique_ptr<ReplicationStream>> begin(const postgres::ConnectionOptions& options,
                                                          std::chrono::milliseconds confirm_every,
                                                          const std::stop_token& stop);

  /// All ordinary tables when the stream began.
  const std::set<TableName>& tables() const { return tables_; }

  /// The next line of the plug-in; valid until the next call. Nothing when none came until then, or once a stop was
  /// asked for.
  Result<std::optional<std::string_view>> next(const std::stop_token& stop, SteadyTime until);

  /// How far the server is ahead, in bytes of its log.
  std::uint64_t lag() const { return server_end_ > received_ ? server_end_ - received_ : 0; }
  /// Bytes that a slow reader may hold back; nothing when the server sets no bound.
  std::optional<std::uint64_t> retention_limit() const { return retention_limit_; }

 private:
  ReplicationStream(std::unique_ptr<postgres::Connection> connection, std::chrono::milliseconds confirm_every)
      : connection_(std::move(connection)), confirm_every_(confirm_every) {}
  Result<postgres::Rows> query(const std::string& sql, const std::stop_token& stop);
  Result<void> read_catalog(const std::stop_token& stop);
  Result<void> confirm();
  /// True when there is a line.
  Result<bool> take_message(std::string_view message);
  Result<std::string_view> connection_lost() const;

  struct FreeBuffer {
    void operator()(char* buffer) const;
  };

  std::unique_ptr<postgres::Connection> connection_;
  const std::chrono::milliseconds confirm_every_;
  std::set<TableName> tables_;
  std::optional<std::uint64_t> retention_limit_;
  std::unique_ptr<char, FreeBuffer> buffer_;
  std::string_view line_;
  std::uint64_t received_ = 0;
  std::uint64_t server_end_ = 0;
  std::chrono::steady_clock::time_point confirmed_at_;
};

}  // namespace busflow::change_feed
