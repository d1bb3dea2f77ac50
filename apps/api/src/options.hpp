#pragma once

#include <string>

#include <platform/config/settings.hpp>
#include <platform/graphql_server/endpoint.hpp>
#include <platform/http/server.hpp>
#include <platform/postgres/connection_options.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/redis/client.hpp>

/// From the process's settings to the options of the platform's libraries.
namespace busflow::api {

enum class DatabaseUser { kOwner, kService, kGraphql, kChangeFeed };

postgres::ConnectionOptions database_options(const config::Settings& settings, DatabaseUser user);
postgres::PoolOptions pool_options(const config::Settings& settings);
redis::Options redis_options(const config::Settings& settings);
http::ServerOptions server_options(const config::Settings& settings);
graphql_server::EndpointOptions endpoint_options(const config::Settings& settings);

}  // namespace busflow::api
