#include <iostream>

#include <fmt/format.h>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/graphql_events/package_triggers.hpp>
#include <platform/postgres/migration.hpp>

#include "catalog.hpp"
#include "event_catalogue.hpp"
#include "event_types.hpp"
#include "modules.hpp"
#include "options.hpp"
#include "verbs.hpp"

namespace busflow::api {

namespace {

/// They are made from metadata, not by migrations: each version puts its own in place.
Result<void> install_event_triggers(const config::Settings& settings, const std::vector<application::Module>& modules) {
  BUSFLOW_TRY(const auto types, EventTypes::read(modules));
  const SystemClock clock;
  RandomIdentifierSource identifiers;
  Context context{.clock = clock, .identifiers = identifiers};
  postgres::Pool owner({.connection = database_options(settings, DatabaseUser::kOwner), .max_connections = 1});
  return graphql_events::install_package_triggers(context, owner, types.metadata(), outbox_contexts(modules));
}

}  // namespace

Result<void> migrate(const config::Settings& settings) {
  postgres::Pool unused(pool_options(settings));  // Modules want one; migrating runs as the owner instead.
  const SystemClock clock;
  const auto parts = ModuleParts::worthless(clock);
  const auto modules = make_modules(settings, unused, parts);
  BUSFLOW_TRY(const auto applied,
              postgres::migrate(database_options(settings, DatabaseUser::kOwner), migration_sets(modules),
                                [](const postgres::AppliedMigration& migration) {
                                  std::cout << fmt::format("{}/{} ({} ms)\n", migration.context, migration.file,
                                                           migration.duration.count())
                                            << std::flush;
                                }));
  BUSFLOW_CHECK(install_event_triggers(settings, modules));
  std::cout << (applied.empty() ? "up to date\n" : fmt::format("{} migrations applied\n", applied.size()));
  return {};
}

Result<void> seed(const config::Settings& settings) {
  const SystemClock clock;
  RandomIdentifierSource identifiers;
  postgres::Pool pool(pool_options(settings));
  const auto parts = ModuleParts::worthless(clock);
  Context context{.clock = clock, .identifiers = identifiers};
  for (const auto& module : make_modules(settings, pool, parts)) {
    if (!module.seed_demo) continue;
    BUSFLOW_CHECK(module.seed_demo(context));
    std::cout << module.context << "\n" << std::flush;
  }
  return {};
}

Result<void> print_events(const config::Settings& settings) {
  postgres::Pool unused(pool_options(settings));  // Modules want one; their events are known without.
  const SystemClock clock;
  const auto parts = ModuleParts::worthless(clock);
  const auto modules = make_modules(settings, unused, parts);
  BUSFLOW_TRY(const auto types, EventTypes::read(modules));
  std::cout << event_catalogue(modules, types);
  return {};
}

Result<void> print_schema(const config::Settings& settings, const std::string& role) {
  const SystemClock clock;
  RandomIdentifierSource identifiers;
  BUSFLOW_TRY(const auto level, telemetry::parse_level(settings.text("log.level")));
  const telemetry::Logger logger(settings.text("telemetry.service_name"), level);
  postgres::Pool unused(pool_options(settings));
  const auto parts = ModuleParts::worthless(clock);
  const auto modules = make_modules(settings, unused, parts);
  Context context{.clock = clock, .identifiers = identifiers};
  BUSFLOW_TRY(const auto engine, make_engine(context, settings, modules, logger));
  const auto text = engine->schema_text(role);
  if (text.empty()) {
    return fail(ErrorName::kNotFound, fmt::format("no table and no action allows anything to the role '{}'", role));
  }
  std::cout << text;
  return {};
}

}  // namespace busflow::api
