#include <algorithm>
#include <charconv>
#include <memory>

#include <libpq-fe.h>

#include <fmt/format.h>

#include <platform/postgres/connection_options.hpp>

namespace busflow::postgres {
namespace {

constexpr auto kHint = "write it as postgresql://user:password@host:5432/database";

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

Result<void> take(ConnectionOptions& options, std::string_view keyword, std::string value) {
  if (keyword == "host") {
    options.host = std::move(value);
  } else if (keyword == "port") {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), options.port);
    if (error != std::errc() || end != value.data() + value.size())
      return fail(ErrorName::kInvalidSetting, "the connection string names no port between 1 and 65535");
  } else if (keyword == "dbname") {
    options.database = std::move(value);
  } else if (keyword == "user") {
    options.user = std::move(value);
  } else if (keyword == "password") {
    options.password = std::move(value);
  } else if (keyword == "sslmode") {
    options.sslmode = std::move(value);
  } else if (keyword == "sslrootcert") {
    options.ssl_root_certificate = std::move(value);
  } else if (keyword == "application_name") {
    options.application_name = std::move(value);
  } else if (keyword == "connect_timeout") {
    int seconds = 0;
    std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (seconds > 0) options.connect_timeout = std::chrono::seconds(seconds);
  } else {
    return fail(ErrorName::kInvalidSetting,
                fmt::format("the parameter '{}' of the connection string is not served", keyword));
  }
  return {};
}

}  // namespace

Result<ConnectionOptions> parse_connection_string(std::string_view text) {
  const std::string source(text);
  char* reason = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> parsed(PQconninfoParse(source.c_str(), &reason));
  const std::unique_ptr<char, void (*)(void*)> reason_owner(reason, PQfreemem);
  if (!parsed) return fail(ErrorName::kInvalidSetting, fmt::format("not a connection string of PostgreSQL; {}", kHint));
  ConnectionOptions options;
  options.host = "localhost";
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    BUSFLOW_CHECK(take(options, option->keyword, option->val));
  }
  if (options.database.empty()) options.database = options.user;
  if (options.database.empty())
    return fail(ErrorName::kInvalidSetting, fmt::format("the connection string names no database; {}", kHint));
  return options;
}

}  // namespace busflow::postgres
