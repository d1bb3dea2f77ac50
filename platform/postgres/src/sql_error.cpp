#include <platform/postgres/sql_error.hpp>

#include <array>
#include <string>

#include <libpq-fe.h>

#include <fmt/format.h>

namespace busflow::postgres {
namespace {

using enum ErrorName;

struct Mapping {
  std::string_view sqlstate;
  ErrorName name;
  std::string_view prefix;
};

// The prefixes are Hasura v2's, so that its clients' error handling keeps working.
constexpr std::array kMappings = {
    Mapping{"23502", kConstraintViolation, "Not-NULL violation. "},
    Mapping{"23503", kConstraintViolation, "Foreign key violation. "},
    Mapping{"23505", kConstraintViolation, "Uniqueness violation. "},
    Mapping{"23001", kConstraintViolation, "Can not delete or update due to data being referred. "},
    Mapping{"23P01", kConstraintViolation, "Exclusion violation. "},
    Mapping{"23514", kCheckViolation, "Check constraint violation. "},
    Mapping{"22025", kBadRequest, ""},
    Mapping{"40001", kConcurrentUpdate, ""},
    Mapping{"40P01", kConcurrentUpdate, ""},
    Mapping{"42501", kPermissionDenied, ""},
    Mapping{"57014", kDeadlineExceeded, ""},
    Mapping{"53300", kDatabaseUnavailable, ""},
    Mapping{"57P01", kDatabaseUnavailable, ""},
    Mapping{"57P02", kDatabaseUnavailable, ""},
    Mapping{"57P03", kDatabaseUnavailable, ""},
};

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

}  // namespace

Error from_sqlstate(std::string_view sqlstate, std::string_view message) {
  for (const auto& mapping : kMappings) {
    if (mapping.sqlstate == sqlstate) return {mapping.name, fmt::format("{}{}", mapping.prefix, message), {}};
  }
  if (sqlstate.starts_with("22")) return {kDataException, std::string(message), {}};
  if (sqlstate.starts_with("08")) return {kDatabaseUnavailable, std::string(message), {}};
  return {kInternal, fmt::format("database query error: {} ({})", message, sqlstate), {}};
}

Error from_result(const pg_result* result, const pg_conn* connection) {
  const char* sqlstate = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (sqlstate != nullptr) {
    const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return from_sqlstate(sqlstate, primary == nullptr ? "" : primary);
  }
  return {kDatabaseUnavailable, std::string(first_line(PQerrorMessage(connection))), {}};
}

bool is_transient(std::string_view sqlstate) {
  return sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "57P01" || sqlstate == "57P02" ||
         sqlstate == "57P03" || sqlstate.starts_with("08");
}

}  // namespace busflow::postgres
