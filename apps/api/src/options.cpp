#include "options.hpp"

namespace busflow::api {
namespace {

std::string user_name(DatabaseUser user) {
  switch (user) {
    case DatabaseUser::kOwner: return "owner";
    case DatabaseUser::kService: return "service";
    case DatabaseUser::kGraphql: return "graphql";
    case DatabaseUser::kChangeFeed: return "change_feed";
  }
  return {};
}

std::size_t size(const config::Settings& settings, std::string_view name) {
  return static_cast<std::size_t>(settings.integer(name));
}

}  // namespace

postgres::ConnectionOptions database_options(const config::Settings& settings, DatabaseUser user) {
  const std::string prefix = "database." + user_name(user);
  return {.host = settings.text("database.host"),
          .port = static_cast<int>(settings.integer("database.port")),
          .database = settings.text("database.name"),
          .user = settings.text(prefix + "_user"),
          .password = settings.text(prefix + "_password"),
          .sslmode = settings.text("database.sslmode"),
          .ssl_root_certificate = settings.text("database.ssl_root_certificate"),
          .application_name = settings.text("telemetry.service_name"),
          .connect_timeout = settings.milliseconds("database.connect_timeout_ms")};
}

postgres::PoolOptions pool_options(const config::Settings& settings) {
  return {.connection = database_options(settings, DatabaseUser::kService),
          .max_connections = size(settings, "database.max_connections")};
}

redis::Options redis_options(const config::Settings& settings) {
  return {.socket = settings.text("redis.socket"),
          .host = settings.text("redis.host"),
          .port = static_cast<int>(settings.integer("redis.port")),
          .password = settings.text("redis.password"),
          .timeout = settings.milliseconds("redis.timeout_ms")};
}

http::ServerOptions server_options(const config::Settings& settings) {
  return {.address = settings.text("http.address"),
          .port = static_cast<std::uint16_t>(settings.integer("http.port")),
          .max_header_bytes = size(settings, "http.max_header_bytes"),
          .max_body_bytes = size(settings, "http.max_body_bytes"),
          .header_timeout = settings.milliseconds("http.header_timeout_ms"),
          .body_timeout = settings.milliseconds("http.body_timeout_ms"),
          .idle_timeout = settings.milliseconds("http.idle_timeout_ms"),
          .max_connections = size(settings, "http.max_connections")};
}

graphql_server::EndpointOptions endpoint_options(const config::Settings& settings) {
  const auto request_timeout = settings.milliseconds("http.request_timeout_ms");
  return {.pipeline = {.connection = database_options(settings, DatabaseUser::kGraphql),
                       .connections = size(settings, "database.pipeline_connections"),
                       .statement_timeout = request_timeout},
          .request_timeout = request_timeout,
          .live_query_interval = settings.milliseconds("graphql.live_query_interval_ms"),
          .live_query_pause = settings.milliseconds("graphql.live_query_pause_ms"),
          .live_query_batch = size(settings, "graphql.live_query_batch"),
          .max_message_bytes = size(settings, "http.max_body_bytes")};
}

}  // namespace busflow::api
