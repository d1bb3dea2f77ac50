#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>

namespace busflow::postgres {

/// Where the database is and who we are. Passwords go to libpq in memory, never into a connection string that could be
/// logged.
struct ConnectionOptions {
  std::string host;  ///< Host name, or an absolute path: the directory of the Unix socket.
  int port = 5432;
  std::string database;
  std::string user;
  std::string password;              ///< Empty: none is sent (socket with peer or trust authentication).
  std::string sslmode = "prefer";    ///< "disable", "prefer", "verify-full" …, as in libpq.
  std::string ssl_root_certificate;  ///< File; needed for verify-full.
  std::string application_name = "busflow";
  std::string replication{};  ///< "database" for logical replication, whose commands are then understood; else empty.
  std::chrono::milliseconds connect_timeout{5000};

  /// "user@host:port/database", for logs and errors.
  std::string describe() const;
  /// What a file says that PGPASSFILE names: how PostgreSQL's own programs are given the password
  /// (postgresql.org/docs/current/libpq-pgpass.html).
  std::string password_file() const;

  friend bool operator==(const ConnectionOptions&, const ConnectionOptions&) = default;
};

/// Reads a connection string of libpq, URI ("postgresql://user:password@host:5432/database?sslmode=require") or
/// keywords. kInvalidSetting without the string itself, which may hold a password. Parameters that have no field here
/// are errors.
Result<ConnectionOptions> parse_connection_string(std::string_view text);

/// Keyword and value arrays for PQconnectStartParams. Pointers refer to the options, which must outlive it.
class ConnectionKeywords {
 public:
  explicit ConnectionKeywords(const ConnectionOptions& options);
  const char* const* keywords() const { return keywords_.data(); }
  const char* const* values() const { return values_.data(); }

 private:
  void add(const char* keyword, const char* value);

  std::string port_;
  std::string timeout_seconds_;
  std::vector<const char*> keywords_;
  std::vector<const char*> values_;
};

}  // namespace busflow::postgres
