#include <platform/postgres/connection_options.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace busflow::postgres {

std::string ConnectionOptions::password_file() const {
  std::string line = "*:*:*:*:";
  for (const char letter : password) {
    if (letter == ':' || letter == '\\') line += '\\';
    line += letter;
  }
  return line + '\n';
}

std::string ConnectionOptions::describe() const { return fmt::format("{}@{}:{}/{}", user, host, port, database); }

ConnectionKeywords::ConnectionKeywords(const ConnectionOptions& options)
    : port_(std::to_string(options.port)),
      // libpq takes whole seconds and reads 1 as 2.
      timeout_seconds_(std::to_string(std::max<long>(2, (options.connect_timeout.count() + 999) / 1000))) {
  add("host", options.host.c_str());
  add("port", port_.c_str());
  add("dbname", options.database.c_str());
  add("user", options.user.c_str());
  if (!options.password.empty()) add("password", options.password.c_str());
  add("sslmode", options.sslmode.c_str());
  if (!options.ssl_root_certificate.empty()) add("sslrootcert", options.ssl_root_certificate.c_str());
  if (!options.replication.empty()) add("replication", options.replication.c_str());
  add("application_name", options.application_name.c_str());
  add("connect_timeout", timeout_seconds_.c_str());
  add("client_encoding", "UTF8");
  keywords_.push_back(nullptr);
  values_.push_back(nullptr);
}

void ConnectionKeywords::add(const char* keyword, const char* value) {
  keywords_.push_back(keyword);
  values_.push_back(value);
}

}  // namespace busflow::postgres
