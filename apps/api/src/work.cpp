#include <atomic>
#include <memory>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/http/server.hpp>
#include <platform/http/standard_routes.hpp>
#include <platform/jobs/groups.hpp>
#include <platform/jobs/handler_table.hpp>
#include <platform/jobs/queue.hpp>
#include <platform/jobs/worker.hpp>
#include <platform/outbox/outbox.hpp>
#include <platform/outbox/relay.hpp>
#include <platform/postgres/listener.hpp>
#include <platform/runtime/io_threads.hpp>
#include <platform/runtime/shutdown_sequence.hpp>
#include <platform/runtime/signals.hpp>
#include <platform/runtime/task_scope.hpp>
#include <platform/runtime/worker_pool.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/telemetry/metrics.hpp>

#include "event_types.hpp"
#include "modules.hpp"
#include "options.hpp"
#include "shutdown.hpp"
#include "verbs.hpp"

namespace busflow::api {
namespace {

constexpr std::chrono::seconds kDrainLimit{5};

/// A trigger's retry_conf counts where it says something.
const graphql::metadata::RetryPolicy* own_retries(const graphql_events::PackageTrigger& trigger) {
  return trigger.retry == graphql::metadata::RetryPolicy() ? nullptr : &trigger.retry;
}

outbox::RelayOptions relay_options(const config::Settings& settings, const std::vector<application::Module>& modules,
                                   const EventTypes& types) {
  outbox::RelayOptions options;
  options.schemas = outbox_contexts(modules);
  options.batch = static_cast<std::size_t>(settings.integer("outbox.batch"));
  options.poll_interval = settings.milliseconds("outbox.poll_ms");
  options.job.attempts = static_cast<int>(settings.integer("jobs.attempts"));
  options.job.backoff = jobs::Backoff{};
  for (const auto& [name, type] : types.by_name()) {
    options.events.push_back(name);
    if (!type.ordering_field.empty()) options.ordering_fields.emplace(name, type.ordering_field);
  }
  for (const auto& trigger : types.triggers()) {
    const auto* retries = own_retries(trigger);
    if (retries == nullptr) continue;
    auto& job = options.jobs.emplace(trigger.name, options.job).first->second;
    job.attempts = static_cast<int>(retries->num_retries) + 1;
    job.backoff = jobs::Backoff{.type = "fixed", .delay = std::chrono::seconds(retries->interval_sec)};
  }
  for (const auto& module : modules) {
    for (const auto& handler : module.event_handlers) options.consumers.emplace(handler.event, handler.name);
  }
  return options;
}

jobs::WorkerOptions worker_options(const config::Settings& settings, const std::string& queue) {
  return {.redis = redis_options(settings),
          .prefix = settings.text("jobs.prefix"),
          .queue = queue,
          .concurrency = static_cast<std::size_t>(settings.integer("jobs.concurrency")),
          .lock_duration = settings.milliseconds("jobs.lock_ms"),
          .stalled_interval = settings.milliseconds("jobs.stalled_interval_ms"),
          .max_stalled = static_cast<int>(settings.integer("jobs.max_stalled")),
          .job_timeout = settings.milliseconds("jobs.timeout_ms"),
          .has_groups = true};
}

/// A payload that is not as declared fails its job at once: no repetition would mend it.
jobs::Handler to_job_handler(const application::EventHandler& handler, const EventType& type) {
  return [handle = handler.handle, &type](jobs::Attempt& attempt) -> jobs::Outcome {
    const auto event = outbox::from_json(attempt.job.data);
    if (!event) return jobs::Outcome::unrecoverable(event.error());
    if (const auto checked = outbox::check_payload(type, event->payload); !checked) {
      return jobs::Outcome::unrecoverable(checked.error());
    }
    const auto handled = handle(attempt.context, *event);
    return handled ? jobs::Outcome::completed(nullptr) : jobs::Outcome::failed(handled.error());
  };
}

using Workers = std::vector<std::unique_ptr<jobs::Worker>>;

/// One worker for the queue of each event handler.
Result<Workers> make_workers(const config::Settings& settings, const std::vector<application::Module>& modules,
                             const EventTypes& types, const jobs::WorkerParts& parts) {
  redis::Client redis(redis_options(settings));
  Workers workers;
  for (const auto& module : modules) {
    for (const auto& handler : module.event_handlers) {
      const EventType& type = types.find(handler.event);
      auto options = worker_options(settings, handler.name);
      const auto* trigger = types.find_trigger(handler.event);
      if (trigger != nullptr && own_retries(*trigger) != nullptr)
        options.job_timeout = std::chrono::seconds(trigger->retry.timeout_sec);
      jobs::GroupLimits limits{.depth = static_cast<int>(options.concurrency) * 2};
      if (!type.ordering_field.empty()) limits.concurrency = 1;
      BUSFLOW_CHECK(jobs::set_group_limits(redis, options.prefix, options.queue, limits));
      workers.push_back(std::make_unique<jobs::Worker>(
          std::move(options), jobs::by_name({{handler.event, to_job_handler(handler, type)}}), parts));
    }
  }
  return workers;
}

}  // namespace

Result<void> work(const config::Settings& settings) {
  runtime::Signals signals;  // First: threads inherit which signals are blocked.
  BUSFLOW_TRY(const auto level, telemetry::parse_level(settings.text("log.level")));
  const telemetry::Logger logger(settings.text("telemetry.service_name") + "-work", level);
  const SystemClock clock;
  RandomIdentifierSource identifiers;
  telemetry::Metrics metrics;
  postgres::Pool pool(pool_options(settings));
  // Of what it does, only webhooks carry tokens.
  BUSFLOW_TRY(const auto parts, settings.text("automation.webhook_url").empty()
                                    ? Result<ModuleParts>(ModuleParts::worthless(clock))
                                    : ModuleParts::make(settings, clock, logger));
  const auto modules = make_modules(settings, pool, parts);
  jobs::QueueClient queues(redis_options(settings), settings.text("jobs.prefix"), clock);

  runtime::IoThreads loops(1, log_faults(logger));
  runtime::WorkerPool probes(1, 16);
  const http::SynchronousEnvironment environment{probes, clock, identifiers, logger};
  std::atomic<bool> is_stopping = false;
  http::Router router;
  http::add_standard_routes(router, environment, metrics,
                            {{"process",
                              [&is_stopping](Context&) -> Result<void> {
                                if (is_stopping) return fail(ErrorName::kOverloaded, "stopping");
                                return {};
                              }},
                             {"redis", [&queues](Context&) { return queues.ping(); }}});
  auto probe_options = server_options(settings);
  probe_options.port = static_cast<std::uint16_t>(settings.integer("work.http_port"));
  http::Server server(probe_options, std::move(router), loops, logger, metrics);
  loops.start();

  BUSFLOW_TRY(const auto types, EventTypes::read(modules));
  outbox::Relay relay(relay_options(settings, modules, types), pool, queues, clock, identifiers, logger);
  postgres::Listener listener(database_options(settings, DatabaseUser::kService), std::string(outbox::kChannel));
  runtime::TaskScope tasks([logger](std::string_view task, std::string_view what) {
    logger.error("a background task ended by a fault", {{"task", task}, {"reason", what}});
  });
  BUSFLOW_TRY(const auto workers, make_workers(settings, modules, types, {clock, identifiers, logger, metrics}));

  runtime::ShutdownSequence steps;
  steps.add("readiness", [&] { is_stopping = true; });
  steps.add("outbox relay", [&] { tasks.stop(); });
  steps.add("jobs", [&] {
    for (auto& worker : workers) worker->stop();
  });
  steps.add("connections", [&] { server.drain(kDrainLimit); });
  steps.add("event loops", [&] {
    probes.stop();
    loops.stop();
  });
  if (auto listening = server.listen(); !listening) {
    steps.run([](auto&&...) {});
    return listening;
  }
  tasks.spawn("outbox relay", [&relay, &listener](const std::stop_token& stop) { relay.run(listener, stop); });
  for (auto& worker : workers) worker->start();
  logger.info("working", {{"queues", workers.size()}, {"port", server.port()}});
  wait_and_shut_down(signals, steps, logger);
  return {};
}

}  // namespace busflow::api
