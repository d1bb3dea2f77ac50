#include "command_line.hpp"

#include <functional>
#include <iostream>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <platform/config/reference.hpp>
#include <platform/config/settings.hpp>

#include "jobs_verb.hpp"
#include "verbs.hpp"

namespace busflow::api {
namespace {

constexpr auto kFooter =
    "Settings come from a YAML file (--config), then from the environment: http.port is BUSFLOW_HTTP_PORT.\n"
    "Secrets come from files only: BUSFLOW_AUTH_JWT_KEY_FILE names the file with auth.jwt_key.\n\n"
    "Examples:\n"
    "  busflow config --dump                 what the settings are and where each came from\n"
    "  busflow migrate                       bring the database up to date\n"
    "  BUSFLOW_HTTP_PORT=4001 busflow serve  serve on another port\n"
    "  busflow schema --role dispatcher      the GraphQL schema of a role\n"
    "  busflow jobs list                     what is in the job queues (busflow jobs --help says more)\n";

int report(const Error& error) {
  const ErrorInfo& info = error.info();
  std::cerr << fmt::format("error: {}: {}\n  -> {}\n", info.id, error.message(), info.hint);
  return info.exit_code;
}

struct Options {
  std::string file;
  std::string role;
  bool dump = false;
  bool reference = false;
  bool errors = false;
  bool events = false;
};

Result<config::Settings> load(const Options& options) {
  const auto environment = config::process_environment();
  std::optional<std::string> file;
  if (!options.file.empty()) file = options.file;
  return config::Settings::load(file, environment);
}

Result<void> show_configuration(const Options& options) {
  if (options.reference) {
    std::cout << config::settings_reference();
  } else if (options.errors) {
    std::cout << config::errors_reference();
  } else if (options.events) {
    BUSFLOW_TRY(const auto settings, load(options));
    return print_events(settings);
  } else {
    BUSFLOW_TRY(const auto settings, load(options));
    std::cout << settings.dump();
  }
  return {};
}

using Verb = std::function<Result<void>()>;

/// Verbs that start with the settings.
Verb with_settings(const Options& options, Result<void> (*verb)(const config::Settings&)) {
  return [&options, verb]() -> Result<void> {
    BUSFLOW_TRY(const auto settings, load(options));
    return verb(settings);
  };
}

}  // namespace

int run(int argument_count, const char* const* arguments) {
  CLI::App app("Busflow: the product's server. One program, one verb per process.", "busflow");
  app.require_subcommand(0, 1);
  app.footer(kFooter);
  Options options;
  Verb chosen;
  app.add_option("--config", options.file, "YAML file with settings")->envname("BUSFLOW_CONFIG");
  const auto add = [&](const char* name, const char* help, Verb verb) {
    auto* subcommand = app.add_subcommand(name, help);
    subcommand->fallthrough();
    subcommand->callback([&chosen, verb = std::move(verb)] { chosen = verb; });
    return subcommand;
  };
  add("serve", "HTTP, GraphQL and WebSockets, until a signal", with_settings(options, serve));
  add("work", "event handlers and the outbox relay, until a signal", with_settings(options, work));
  add("migrate", "create or update the database's schemas and roles", with_settings(options, migrate));
  add("seed", "add the demo operators and their data", with_settings(options, seed));
  auto* schema = add("schema", "print the GraphQL schema of a role", [&options]() -> Result<void> {
    BUSFLOW_TRY(const auto settings, load(options));
    return print_schema(settings, options.role);
  });
  schema->add_option("--role", options.role, "the role, such as dispatcher")->required();
  auto* configuration = add("config", "show settings", [&options] { return show_configuration(options); });
  auto* what = configuration->add_option_group("what");
  what->add_flag("--dump", options.dump, "the settings of this process, secrets hidden");
  what->add_flag("--reference", options.reference, "all settings there are, as Markdown");
  what->add_flag("--errors", options.errors, "all errors there are, as Markdown");
  what->add_flag("--events", options.events, "all events there are, as Markdown");
  what->require_option(1);
  add_jobs_verb(app, [&options] { return load(options); }, [&chosen](Verb verb) { chosen = std::move(verb); });
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : error_info(ErrorName::kBadRequest).exit_code;
  }
  if (!chosen) {
    std::cerr << app.help();
    return error_info(ErrorName::kBadRequest).exit_code;
  }
  const auto result = chosen();
  return result ? 0 : report(result.error());
}

}  // namespace busflow::api
