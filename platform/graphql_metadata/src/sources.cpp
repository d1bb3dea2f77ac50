#include <platform/graphql_metadata/sources.hpp>

#include <fmt/format.h>

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Node;

Result<postgres::ConnectionOptions> from_parameters(const Node& parameters, const Environment& environment) {
  postgres::ConnectionOptions options;
  const auto text = [&](std::string_view key) -> std::string {
    const Node* value = parameters.find(key);
    if (value == nullptr) return {};
    if (const Node* variable = value->find("from_env")) {
      const auto found = environment.find(variable->text);
      return found == environment.end() ? std::string() : found->second;
    }
    return value->text;
  };
  options.host = text("host");
  options.user = text("username");
  options.database = text("database");
  options.password = text("password");
  if (const std::string port = text("port"); !port.empty()) options.port = std::atoi(port.c_str());
  if (options.host.empty() || options.user.empty() || options.database.empty())
    return fail(ErrorName::kInvalidSetting, "connection_parameters needs host, username and database");
  return options;
}

}  // namespace

Result<postgres::ConnectionOptions> connection_of(const graphql::metadata::ConnectionInformation& connection,
                                                  const Environment& environment) {
  const Node& address = connection.database_url;
  if (address.kind == Node::Kind::kText) return postgres::parse_connection_string(address.text);
  if (const Node* variable = address.find("from_env")) {
    const auto found = environment.find(variable->text);
    if (found == environment.end()) {
      return fail(ErrorName::kInvalidSetting, fmt::format("environment variable '{}' not set", variable->text));
    }
    return postgres::parse_connection_string(found->second);
  }
  if (const Node* parameters = address.find("connection_parameters")) return from_parameters(*parameters, environment);
  return fail(ErrorName::kInvalidSetting, "the source has no database_url");
}

Result<std::shared_ptr<postgres::Pool>> SourcePools::pool(const graphql::metadata::Source& source) {
  const std::lock_guard lock(mutex_);
  const auto known = pools_.find(source.name);
  if (known != pools_.end() && known->second.address == source.connection.database_url) return known->second.pool;
  BUSFLOW_TRY(auto connection, connection_of(source.connection, environment_));
  auto pool = std::make_shared<postgres::Pool>(
      postgres::PoolOptions{.connection = std::move(connection), .max_connections = connections_});
  pools_.insert_or_assign(source.name, Entry{source.connection.database_url, pool});
  return pool;
}

}  // namespace busflow::graphql_metadata
