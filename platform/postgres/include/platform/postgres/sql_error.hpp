#pragma once

#include <string>
#include <string_view>

#include <platform/base/error.hpp>

struct pg_result;
struct pg_conn;

namespace busflow::postgres {

/// SQLSTATE (PostgreSQL manual, appendix A) to our error, with the message prefix that Hasura v2 clients know
/// ("Uniqueness violation. ", …).
Error from_sqlstate(std::string_view sqlstate, std::string_view message);

/// What the server itself said. Not for strangers: it may quote data.
struct ServerError {
  std::string sqlstate;  ///< Empty when the connection itself broke.
  std::string message;
  std::string detail;
  std::string hint;
};

/// The error a result carries; `connection` supplies the text when the result has none.
Error from_result(const pg_result* result, const pg_conn* connection);

/// Whether running the whole transaction again may help: serialization failure, deadlock, server shutting down.
bool is_transient(std::string_view sqlstate);

}  // namespace busflow::postgres
