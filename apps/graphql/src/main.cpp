#include <exception>
#include <iostream>
#include <map>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "configuration.hpp"
#include "serve.hpp"
#include "settings_table.hpp"

namespace {

using namespace busflow;

constexpr auto kFooter =
    "Each setting is a flag and an environment variable: --server-port is HASURA_GRAPHQL_SERVER_PORT. Secrets come "
    "from the\n"
    "environment or from a file that HASURA_GRAPHQL_…_FILE names, never from the command line, which others can "
    "read.\n\n"
    "Example:\n"
    "  HASURA_GRAPHQL_DATABASE_URL=postgresql://localhost/shop busflow-graphql serve\n";

std::string flag_name(std::string_view name) {
  std::string flag = "--";
  for (const char letter : name) flag += letter == '_' ? '-' : static_cast<char>(std::tolower(letter));
  return flag;
}

int report(const Error& error) {
  const ErrorInfo& info = error.info();
  std::cerr << fmt::format("error: {}: {}\n  -> {}\n", info.id, error.message(), info.hint);
  return info.exit_code;
}

Result<void> run(const std::map<std::string, std::string>& flags) {
  BUSFLOW_TRY(const auto configuration, graphql_app::Configuration::load(flags, graphql_app::process_environment()));
  return graphql_app::serve(configuration);
}

int start(int argument_count, char** arguments) {
  CLI::App app("GraphQL over any PostgreSQL database, in place of Hasura v2.", "busflow-graphql");
  app.footer(kFooter);
  app.require_subcommand(1);
  CLI::App* serve = app.add_subcommand("serve", "serve HTTP and WebSockets until a signal");
  std::map<std::string, std::string> flags;
  for (const auto& setting : graphql_app::settings_table()) {
    if (setting.is_secret) continue;
    const auto take = [&flags, name = std::string(setting.name)](const std::string& value) { flags[name] = value; };
    serve->add_option_function<std::string>(flag_name(setting.name), take, std::string(setting.text))
        ->default_str(std::string(setting.by_default));
  }
  CLI11_PARSE(app, argument_count, arguments);
  const auto outcome = run(flags);
  return outcome ? 0 : report(outcome.error());
}

}  // namespace

int main(int argument_count, char** arguments) {
  try {
    return start(argument_count, arguments);
  } catch (const std::exception& fault) {
    std::cerr << "fault: " << fault.what() << '\n';
    return 70;  // EX_SOFTWARE: a bug, not a wrong input.
  }
}
