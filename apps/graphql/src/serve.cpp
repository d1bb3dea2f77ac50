#include "serve.hpp"

#include <algorithm>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/change_feed/feed.hpp>
#include <platform/graphql_api/api.hpp>
#include <platform/graphql_api/authentication.hpp>
#include <platform/graphql_events/actions.hpp>
#include <platform/graphql_metadata/service.hpp>
#include <platform/graphql_server/endpoint.hpp>
#include <platform/graphql_server/operation_counter.hpp>
#include <platform/graphql_webhooks/action_caller.hpp>
#include <platform/http/server.hpp>
#include <platform/http_client/client.hpp>
#include <platform/json/json.hpp>
#include <platform/postgres/listener.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/rate_limit/local_limiter.hpp>
#include <platform/rate_limit/redis_limiter.hpp>
#include <platform/runtime/io_threads.hpp>
#include <platform/runtime/shutdown_sequence.hpp>
#include <platform/runtime/signals.hpp>
#include <platform/runtime/task_scope.hpp>
#include <platform/runtime/worker_pool.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

#include "delivery.hpp"

namespace busflow::graphql_app {
namespace {

constexpr auto kVersion = "v2.48.0-busflow";
constexpr std::size_t kWorkers = 4;
constexpr std::size_t kQueueLimit = 1024;
constexpr std::chrono::milliseconds kDrainLimit{10000};
constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 20;  // Metadata is sent whole.

telemetry::Level level(const Configuration& configuration) {
  const std::string& text = configuration.text("LOG_LEVEL");
  return telemetry::parse_level(text == "warn" ? "warning" : text).value_or(telemetry::Level::kInfo);
}

Error to_error(const graphql_metadata::Problem& problem) {
  return {ErrorName::kInvalidMetadata, problem.message, problem.path};
}

graphql_metadata::ServiceOptions service_options(const Configuration& configuration, IdentifierSource& identifiers,
                                                 const telemetry::Logger& logger) {
  graphql_metadata::ServiceOptions options;
  options.instance = identifiers.next().to_string();
  options.environment = configuration.environment();
  options.engine.on_fault = [logger](std::string_view what) {
    logger.error("a GraphQL request failed", {{"reason", what}});
  };
  options.requires_allow_list = configuration.flag("ENABLE_ALLOWLIST").value_or(false);
  options.engine.infers_function_permissions = configuration.flag("INFER_FUNCTION_PERMISSIONS").value_or(true);
  options.engine.gives_large_numbers_as_text = configuration.flag("STRINGIFY_NUMERIC_TYPES").value_or(false);
  const auto features = configuration.list("EXPERIMENTAL_FEATURES");
  options.engine.allows_naming_conventions = std::ranges::find(features, "naming_convention") != features.end();
  options.engine.default_naming_convention = configuration.text("DEFAULT_NAMING_CONVENTION");
  if (!configuration.text("DATABASE_URL").empty()) {
    // The reference stores the name of the variable, never the address itself.
    options.environment["HASURA_GRAPHQL_DATABASE_URL"] = configuration.text("DATABASE_URL");
    graphql::metadata::Source source;
    source.connection.database_url =
        graphql::metadata::node_of(json::Object{{"from_env", "HASURA_GRAPHQL_DATABASE_URL"}});
    options.default_source = std::move(source);
  }
  return options;
}

Result<graphql_api::AuthenticationOptions> authentication_options(const Configuration& configuration) {
  graphql_api::AuthenticationOptions options;
  options.admin_secret = configuration.text("ADMIN_SECRET").empty() ? configuration.text("ACCESS_KEY")
                                                                    : configuration.text("ADMIN_SECRET");
  if (!configuration.text("UNAUTHORIZED_ROLE").empty())
    options.unauthorized_role = configuration.text("UNAUTHORIZED_ROLE");
  for (const std::string_view name : {"JWT_SECRET", "JWT_SECRETS"}) {
    const std::string& text = configuration.text(name);
    if (text.empty()) continue;
    const auto parsed = json::parse(text);
    if (!parsed) return fail(ErrorName::kInvalidSetting, "HASURA_GRAPHQL_JWT_SECRET is not JSON");
    const json::Array list = parsed->is_array() ? parsed->get_array() : json::Array{*parsed};
    for (const json::Value& each : list) {
      BUSFLOW_TRY(auto secret, token::JwtSecret::read(each));
      options.jwt.push_back(std::move(secret));
    }
  }
  options.hook = configuration.text("AUTH_HOOK");
  options.hook_gets_body = configuration.text("AUTH_HOOK_MODE") == "POST";
  const bool needs_secret = !options.jwt.empty() || !options.hook.empty() || options.unauthorized_role;
  if (options.admin_secret.empty() && needs_secret) {
    return fail(
        ErrorName::kInvalidSetting,
        "tokens, hooks and the unauthorized role need HASURA_GRAPHQL_ADMIN_SECRET: without it everybody is admin");
  }
  return options;
}

/// Follows what other instances do to the metadata, at once, and what others do to the tables, a little later.
void watch(graphql_metadata::Service& service, postgres::Listener& listener, const Clock& clock,
           IdentifierSource& identifiers, const telemetry::Logger& logger, std::chrono::milliseconds interval,
           const std::stop_token& stop) {
  constexpr int kRoundsBetweenCatalogs = 5;
  for (int round = 0; !stop.stop_requested(); ++round) {
    listener.wait(interval, stop);
    if (stop.stop_requested()) return;
    Context context{
        .clock = clock, .identifiers = identifiers, .deadline = clock.steady_now() + std::chrono::seconds(30)};
    if (const auto done = service.catch_up(context); !done)
      logger.warning("the metadata could not be compared with the stored one", {{"reason", done.error().message}});
    if (round % kRoundsBetweenCatalogs != 0) continue;
    if (const auto done = service.refresh_catalogs(context); !done)
      logger.warning("the tables could not be compared with the known ones", {{"reason", done.error().message}});
  }
}

/// Counts for the metadata's rate limits: in Redis, where there is one, for all instances together.
std::unique_ptr<rate_limit::Limiter> make_limiter(const graphql_events::DelivererOptions& events,
                                                  const telemetry::Logger& logger) {
  if (!events.jobs) return std::make_unique<rate_limit::LocalLimiter>();
  return std::make_unique<rate_limit::RedisLimiter>(events.jobs->redis, "graphql-limits", logger);
}

}  // namespace

Result<void> serve(const Configuration& configuration) {
  runtime::Signals signals;  // First: threads inherit which signals are blocked.
  const telemetry::Logger logger("busflow-graphql", level(configuration));
  for (const auto& name : configuration.unknown())
    logger.warning("no setting of this program; metadata may still read it", {{"variable", name}});
  const SystemClock clock;
  RandomIdentifierSource identifiers;
  telemetry::Metrics metrics;

  const std::string& metadata_url = configuration.text("METADATA_DATABASE_URL").empty()
                                        ? configuration.text("DATABASE_URL")
                                        : configuration.text("METADATA_DATABASE_URL");
  if (metadata_url.empty())
    return fail(ErrorName::kInvalidSetting,
                "HASURA_GRAPHQL_DATABASE_URL or HASURA_GRAPHQL_METADATA_DATABASE_URL is needed");
  BUSFLOW_TRY(const auto metadata_connection, postgres::parse_connection_string(metadata_url));
  BUSFLOW_TRY(const auto connection, configuration.text("DATABASE_URL").empty()
                                         ? Result<postgres::ConnectionOptions>(metadata_connection)
                                         : postgres::parse_connection_string(configuration.text("DATABASE_URL")));
  if (const std::string& convention = configuration.text("DEFAULT_NAMING_CONVENTION");
      convention != "hasura-default" && convention != "graphql-default") {
    return fail(ErrorName::kInvalidSetting,
                "HASURA_GRAPHQL_DEFAULT_NAMING_CONVENTION is hasura-default or graphql-default");
  }
  BUSFLOW_TRY(auto delivery_options, DeliveryOptions::read(configuration));
  postgres::Pool metadata_pool({.connection = metadata_connection, .max_connections = 5});
  const http_client::Client client({.allow_plain_http = true});
  auto options = service_options(configuration, identifiers, logger);
  options.engine.leaves_session_in_transactions = true;
  const graphql_webhooks::ActionCaller caller(client, options.environment);
  options.engine.call_webhook = caller;
  options.engine.action_log = graphql_events::action_log(metadata_pool);
  const auto limiter = make_limiter(delivery_options.events, logger);
  graphql_server::OperationCounter counter(*limiter);
  options.engine.count_operation = counter.function();
  graphql_metadata::Service service(std::move(options), metadata_pool);
  Context starting{.clock = clock, .identifiers = identifiers};
  BUSFLOW_CHECK(graphql_events::prepare_actions(starting, metadata_pool));
  if (const auto started = service.start(starting); !started) return std::unexpected(to_error(started.error()));
  BUSFLOW_CHECK(delivery_options.name_job_queues(starting, service));
  BUSFLOW_TRY(auto database, service.database_id(starting));
  counter.set_scope(std::move(database));

  BUSFLOW_TRY(const auto threads, configuration.integer("SERVER_THREADS"));
  BUSFLOW_TRY(const auto port, configuration.integer("SERVER_PORT"));
  BUSFLOW_TRY(const auto connections, configuration.integer("CONNECTIONS"));
  BUSFLOW_TRY(const auto sync_interval, configuration.integer("SCHEMA_SYNC_POLL_INTERVAL"));
  const auto on_fault = [logger](std::string_view what) { logger.error("a fault escaped", {{"reason", what}}); };
  runtime::IoThreads loops(static_cast<std::size_t>(threads), on_fault);
  runtime::WorkerPool workers(kWorkers, kQueueLimit);
  loops.start();
  BUSFLOW_TRY(auto authentication, authentication_options(configuration));
  if (authentication.admin_secret.empty())
    logger.warning("without HASURA_GRAPHQL_ADMIN_SECRET everybody who can connect may do everything");
  const bool has_jwt = !authentication.jwt.empty();
  const bool has_hook = !authentication.hook.empty();
  const bool has_secret = !authentication.admin_secret.empty();
  const auto authenticator =
      graphql_api::make_authenticator(std::move(authentication), {client, workers, clock, identifiers, logger});
  // Needs a user with REPLICATION; where it has none, live queries are polled, and the log says so.
  change_feed::Feed feed({.connection = connection}, logger, metrics);
  graphql_server::EndpointOptions endpoint_options;
  BUSFLOW_TRY(const auto refetch, configuration.integer("LIVE_QUERIES_MULTIPLEXED_REFETCH_INTERVAL"));
  BUSFLOW_TRY(const auto batch, configuration.integer("LIVE_QUERIES_MULTIPLEXED_BATCH_SIZE"));
  BUSFLOW_TRY(const auto introduction, configuration.integer("WEBSOCKET_CONNECTION_INIT_TIMEOUT"));
  BUSFLOW_TRY(const auto keep_alive, configuration.integer("WEBSOCKET_KEEPALIVE"));
  endpoint_options.live_query_interval = std::chrono::milliseconds(refetch);
  endpoint_options.live_query_batch = static_cast<std::size_t>(batch);
  endpoint_options.initialisation_timeout = std::chrono::seconds(introduction);
  endpoint_options.ping_interval = std::chrono::seconds(keep_alive);
  endpoint_options.closes_on_engine_change = configuration.text("CLOSE_WEBSOCKETS_ON_METADATA_CHANGE") == "true";
  endpoint_options.pipeline.connection = connection;
  endpoint_options.find_connection = [&service](std::string_view source) { return service.connection_of(source); };
  endpoint_options.pipeline.connections = static_cast<std::size_t>(connections);
  graphql_server::Endpoint endpoint(
      endpoint_options, {service.engine(), *authenticator, feed, loops, workers, clock, identifiers, logger, metrics});
  feed.start();
  const http::SynchronousEnvironment environment{workers, clock, identifiers, logger, std::chrono::seconds(60)};

  const auto apis = configuration.list("ENABLED_APIS");
  BUSFLOW_TRY(const bool allow_list, configuration.flag("ENABLE_ALLOWLIST"));
  BUSFLOW_TRY(const bool has_console, configuration.flag("ENABLE_CONSOLE"));
  json::Array features;
  for (const auto& feature : configuration.list("EXPERIMENTAL_FEATURES")) features.emplace_back(feature);
  json::Object shown{
      {"version", kVersion},   {"is_admin_secret_set", has_secret},   {"is_auth_hook_set", has_hook},
      {"is_jwt_set", has_jwt}, {"is_allow_list_enabled", allow_list}, {"experimental_features", std::move(features)}};
  graphql_api::Api api({.enabled = {apis.begin(), apis.end()},
                        .version = kVersion,
                        .configuration = std::move(shown),
                        .console = has_console ? configuration.text("CONSOLE_ASSETS_DIR") : std::string(),
                        .pg_dump = configuration.text("PG_DUMP")},
                       {service, endpoint, *authenticator, environment});
  http::Router router;
  if (std::ranges::find(apis, "graphql") != apis.end()) {
    endpoint.add_routes(router, "/v1/graphql");
    endpoint.add_websocket(router, "/v1alpha1/graphql");
    endpoint.add_routes(router, "/v1beta1/relay", graphql::SchemaKind::kRelay);
  }
  api.add_routes(router);
  http::Server server({.address = configuration.text("SERVER_HOST"),
                       .port = static_cast<std::uint16_t>(port),
                       .max_body_bytes = kMaxBodyBytes,
                       .compresses = true},
                      std::move(router), loops, logger, metrics);

  runtime::TaskScope tasks([logger](std::string_view task, std::string_view what) {
    logger.error("a background task failed", {{"task", task}, {"reason", what}});
  });
  runtime::ShutdownSequence steps;
  steps.add("background tasks", [&] { tasks.stop(); });
  steps.add("websockets", [&] { endpoint.close_sockets(); });
  steps.add("connections", [&] { server.drain(kDrainLimit); });
  steps.add("workers", [&] {
    workers.stop();
    counter.stop();
  });
  steps.add("change feed", [&] { feed.stop(); });
  steps.add("reads", [&] { endpoint.stop(); });
  steps.add("event loops", [&] { loops.stop(); });
  const auto stop = [&] {
    steps.run([&logger](std::string_view step, std::chrono::milliseconds took, std::string_view fault) {
      logger.info("shutdown step done", {{"step", step}, {"milliseconds", took.count()}, {"fault", fault}});
    });
  };
  if (auto listening = server.listen(); !listening) {
    stop();
    return listening;
  }
  postgres::Listener listener(metadata_connection, "hdb_schema_notifications");
  if (sync_interval > 0) {
    tasks.spawn("schema sync", [&](const std::stop_token& token) {
      watch(service, listener, clock, identifiers, logger, std::chrono::milliseconds(sync_interval), token);
    });
  }
  Delivery delivery(delivery_options, service, metadata_pool, caller, {client, clock, identifiers, logger, metrics});
  delivery.spawn(tasks);
  logger.info("listening", {{"address", configuration.text("SERVER_HOST")}, {"port", server.port()}});
  logger.info("stopping", {{"signal", signals.wait()}});
  stop();
  return {};
}

}  // namespace busflow::graphql_app
