#include <atomic>
#include <chrono>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/change_feed/feed.hpp>
#include <platform/graphql_server/endpoint.hpp>
#include <platform/graphql_server/operation_counter.hpp>
#include <platform/http/server.hpp>
#include <platform/http/standard_routes.hpp>
#include <platform/runtime/io_threads.hpp>
#include <platform/runtime/shutdown_sequence.hpp>
#include <platform/runtime/signals.hpp>
#include <platform/runtime/worker_pool.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>
#include <platform/token/verifier.hpp>

#include "catalog.hpp"
#include "modules.hpp"
#include "options.hpp"
#include "package_routes.hpp"
#include "shutdown.hpp"
#include "verbs.hpp"

namespace busflow::api {
namespace {

constexpr std::chrono::seconds kDrainLimit{15};
constexpr postgres::Statement kPing{"api.ping", "select 1"};

std::vector<http::ReadinessCheck> readiness_checks(const std::atomic<bool>& is_stopping, postgres::Pool& pool,
                                                   const graphql_server::Endpoint& endpoint) {
  return {
      {"process",
       [&is_stopping](Context&) -> Result<void> {
         if (is_stopping) return fail(ErrorName::kOverloaded, "stopping");
         return {};
       }},
      {"database",
       [&pool](Context& context) -> Result<void> {
         return pool.transact(context, {}, [](postgres::Transaction& transaction) -> Result<void> {
           BUSFLOW_CHECK(transaction.execute(kPing));
           return {};
         });
       }},
      {"graphql",
       [&endpoint](Context&) -> Result<void> {
         if (!endpoint.is_connected()) return fail(ErrorName::kDatabaseUnavailable);
         return {};
       }},
  };
}

}  // namespace

Result<void> serve(const config::Settings& settings) {
  runtime::Signals signals;  // First: threads inherit which signals are blocked.
  BUSFLOW_TRY(const auto level, telemetry::parse_level(settings.text("log.level")));
  const telemetry::Logger logger(settings.text("telemetry.service_name"), level);
  const SystemClock clock;
  RandomIdentifierSource identifiers;
  telemetry::Metrics metrics;
  const auto workers_count = static_cast<std::size_t>(settings.integer("workers.threads"));
  const auto queue_limit = static_cast<std::size_t>(settings.integer("workers.queue_limit"));

  BUSFLOW_TRY(const auto parts, ModuleParts::make(settings, clock, logger));
  postgres::Pool pool(pool_options(settings));
  const auto modules = make_modules(settings, pool, parts);
  Context starting{.clock = clock, .identifiers = identifiers};
  graphql_server::OperationCounter counter(parts.limiter());
  BUSFLOW_TRY(auto made, make_engine(starting, settings, modules, logger, counter.function()));
  const graphql::EngineSlot engine(std::move(made));
  const graphql_server::TokenAuthenticator authenticator(parts.verifier());

  runtime::IoThreads loops(static_cast<std::size_t>(settings.integer("http.threads")), log_faults(logger));
  runtime::WorkerPool workers(workers_count, queue_limit);
  runtime::WorkerPool transfers(static_cast<std::size_t>(settings.integer("files.transfers")), queue_limit);
  loops.start();
  change_feed::Feed feed({.connection = database_options(settings, DatabaseUser::kChangeFeed)}, logger, metrics);
  graphql_server::Endpoint endpoint(endpoint_options(settings),
                                    {engine, authenticator, feed, loops, workers, clock, identifiers, logger, metrics});
  feed.start();
  std::atomic<bool> is_stopping = false;
  const http::SynchronousEnvironment environment{workers, clock, identifiers, logger,
                                                 settings.milliseconds("http.request_timeout_ms")};
  http::Router router;
  endpoint.add_routes(router, "/v1/graphql");
  add_package_routes(router, environment, modules);
  add_transfer_routes(router, {transfers, clock, identifiers, logger, {}}, modules);
  http::add_standard_routes(router, environment, metrics, readiness_checks(is_stopping, pool, endpoint));
  http::Server server(server_options(settings), std::move(router), loops, logger, metrics);

  runtime::ShutdownSequence steps;
  steps.add("readiness", [&] { is_stopping = true; });
  steps.add("notice", [&] { signals.linger(settings.milliseconds("http.shutdown_delay_ms")); });
  steps.add("websockets", [&] { endpoint.close_sockets(); });
  steps.add("connections", [&] { server.drain(kDrainLimit); });
  steps.add("commands", [&] {
    workers.stop();
    counter.stop();
  });
  steps.add("transfers", [&] { transfers.stop(); });
  steps.add("change feed", [&] { feed.stop(); });
  steps.add("reads", [&] { endpoint.stop(); });
  steps.add("event loops", [&] { loops.stop(); });

  if (auto listening = server.listen(); !listening) {
    steps.run([](auto&&...) {});
    return listening;
  }
  logger.info("listening",
              {{"address", settings.text("http.address")}, {"port", server.port()}, {"loops", loops.size()}});
  wait_and_shut_down(signals, steps, logger);
  return {};
}

}  // namespace busflow::api
