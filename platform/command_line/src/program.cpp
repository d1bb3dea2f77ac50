#include <platform/command_line/program.hpp>

#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <platform/command_line/audit.hpp>
#include <platform/command_line/duration.hpp>
#include <platform/command_line/invocation.hpp>
#include <platform/command_line/pages.hpp>
#include <platform/process/self.hpp>

#include "usage.hpp"

namespace busflow::command_line {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

struct Common {
  bool json = false;
  bool quiet = false;
  bool dry_run = false;
  std::string settings_file;
};

/// SIGINT and SIGTERM as a stop request. They are blocked in every thread, and one thread waits for them.
class Interruption {
 public:
  Interruption() {
    std::signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals_);
    for (const int number : {SIGINT, SIGTERM, SIGUSR2}) sigaddset(&signals_, number);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this] {
      int number = 0;
      while (sigwait(&signals_, &number) == 0 && number != SIGUSR2) source_.request_stop();
    });
  }
  ~Interruption() {
    pthread_kill(thread_.native_handle(), SIGUSR2);  // Ends the wait.
    thread_.join();
  }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  sigset_t signals_{};
  std::stop_source source_;
  std::thread thread_;
};

/// Says at once what is wrong with a value, with CLI11's own wording of the place.
std::string check(const OptionInfo& option, const std::string& value) {
  if (option.kind == OptionKind::kDuration) {
    const auto parsed = parse_duration(value);
    return parsed ? "" : parsed.error().detail;
  }
  if (option.kind == OptionKind::kInteger &&
      (value.empty() || value.size() > 18 || value.find_first_not_of("0123456789") != std::string::npos))
    return fmt::format("'{}' is not a number of at least 0", value);
  const auto choices = split_choices(option.choices);
  if (!choices.empty() && std::ranges::find(choices, value) == choices.end())
    return fmt::format("'{}' is none of {}", value, option.choices);
  return "";
}

void add_values(CLI::App& app, const VerbInfo& info, Values& values) {
  for (const ArgumentInfo& argument : info.arguments) {
    auto& value = values[std::string(argument.name)];
    auto* added = app.add_option(std::string(argument.name), value, std::string(argument.help));
    if (argument.required) added->required();
    added->check([argument](const std::string& text) {
      return check({.name = "", .help = "", .choices = argument.choices}, text);
    });
  }
  for (const OptionInfo& option : info.options) {
    auto& value = values[std::string(option.name)];
    value = option.default_value;
    if (option.kind == OptionKind::kFlag) {
      value = "false";
      app.add_flag_callback("--" + std::string(option.name), [&value] { value = "true"; });
    } else {
      app.add_option("--" + std::string(option.name), value)->check([&option](const std::string& text) {
        return check(option, text);
      });
    }
  }
}

void add_common(CLI::App& app, const VerbInfo& info, Common& common) {
  app.add_flag("--json", common.json);
  app.add_flag("--quiet", common.quiet);
  app.add_option("--config", common.settings_file)->envname("BUSFLOW_CONFIG");
  if (info.changes) app.add_flag("--dry-run", common.dry_run);
}

class CommandLine {
 public:
  CommandLine(const Program& program, const ProgramOptions& options)
      : program_(program), options_(options), app_(std::string(program.summary)) {
    app_.name(std::string(program.name));
    app_.set_version_flag("--version", std::string(program.version));
    app_.require_subcommand(0, 1);
    for (const Verb& verb : program.verbs) add(verb);
  }

  int run(int argument_count, const char* const* arguments) {
    try {
      app_.parse(argument_count, arguments);
    } catch (const CLI::CallForHelp&) {
      std::cout << page();
      return 0;
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return app_.exit(error);
      std::cerr << fmt::format("error: {}\n  -> {} --help\n", error.what(), where());
      return error_info(ErrorName::kBadRequest).exit_code;
    }
    if (chosen_ == nullptr) {
      std::cerr << page();
      return error_info(ErrorName::kBadRequest).exit_code;
    }
    return call(*chosen_);
  }

 private:
  void add(const Verb& verb) {
    const VerbInfo& info = *verb.info;
    auto*& parent = nouns_[info.noun];
    if (parent == nullptr) {
      parent = app_.add_subcommand(std::string(info.noun));
      parent->require_subcommand(0, 1);
    }
    auto* command = info.verb.empty() ? parent : parent->add_subcommand(std::string(info.verb));
    add_values(*command, info, values_[&info]);
    add_common(*command, info, common_);
    command->callback([this, &verb] { chosen_ = &verb; });
    if (!info.verb.empty()) parent->callback([] {});
  }

  /// The verb whose words were given, also when the rest of the line was wrong.
  const VerbInfo* named() const {
    const auto nouns = app_.get_subcommands();
    if (nouns.empty()) return nullptr;
    const auto verbs = nouns.front()->get_subcommands();
    const std::string verb = verbs.empty() ? "" : verbs.front()->get_name();
    for (const Verb& candidate : program_.verbs) {
      if (candidate.info->noun == nouns.front()->get_name() && candidate.info->verb == verb) return candidate.info;
    }
    return nullptr;
  }

  std::string page() const {
    if (const auto* verb = named()) return help_page(program_, *verb);
    const auto nouns = app_.get_subcommands();
    return nouns.empty() ? help_page(program_) : help_page(program_, nouns.front()->get_name());
  }

  std::string where() const {
    const auto* verb = named();
    return verb != nullptr ? full_name(program_, *verb) : std::string(program_.name);
  }

  Result<void> audit(const Verb& verb, const Context& context, std::string_view event, int exit_code) {
    BUSFLOW_TRY(const auto file, options_.audit_file(common_.settings_file));
    json::Object given;
    for (const auto& [name, value] : values_[verb.info]) {
      if (!value.empty() && value != "false") given[name] = value;
    }
    json::Object entry{{"time", to_rfc3339(context.clock.now())},
                       {"run", context.request_id},
                       {"operator", process::account_at_host()},
                       {"pid", getpid()},
                       {"verb", full_name(program_, *verb.info)},
                       {"given", std::move(given)},
                       {"event", event}};
    if (event == "ended") entry["exit_code"] = exit_code;
    return AuditLog(file).append(entry);
  }

  int call(const Verb& verb) {
    const SystemClock clock;
    RandomIdentifierSource identifiers;
    const Interruption interruption;
    Console console(std::cout, std::cerr, clock,
                    {.json = common_.json, .quiet = common_.quiet, .terminal = isatty(STDERR_FILENO) == 1});
    Context context{.clock = clock,
                    .identifiers = identifiers,
                    .request_id = identifiers.next().to_string(),
                    .cancellation = interruption.token()};
    Invocation invocation(*verb.info, context, console, values_[verb.info], common_.settings_file, common_.dry_run);
    const bool audited = verb.info->changes && !common_.dry_run;
    auto result = [&]() -> Result<int> {
      if (audited) BUSFLOW_CHECK(audit(verb, context, "begun", 0));
      return verb.run(invocation);
    }();
    const int code = result ? *result : result.error().info().exit_code;
    if (audited && (result || result.error().name != ErrorName::kInvalidSetting)) {
      if (auto written = audit(verb, context, "ended", code); !written) console.warn(written.error().detail);
    }
    report(console, result, code);
    return code;
  }

  static void report(const Console& console, const Result<int>& result, int code) {
    if (console.options().json) {
      json::Object document{{"ok", code == 0}, {"exit_code", code}};
      if (!result)
        document["error"] = json::Object{{"name", result.error().info().id},
                                         {"detail", result.error().message()},
                                         {"hint", result.error().info().hint}};
      document["result"] = console.result();
      std::cout << json::serialize(document) << '\n';
    } else if (!result) {
      const ErrorInfo& info = result.error().info();
      std::cerr << fmt::format("error: {}: {}\n  -> {}\n", info.id, result.error().message(), info.hint);
    }
  }

  const Program& program_;
  const ProgramOptions& options_;
  CLI::App app_;
  std::map<std::string_view, CLI::App*> nouns_;
  std::map<const VerbInfo*, Values> values_;
  Common common_;
  const Verb* chosen_ = nullptr;
};

}  // namespace

int run(const Program& program, const ProgramOptions& options, int argument_count, const char* const* arguments) {
  return CommandLine(program, options).run(argument_count, arguments);
}

}  // namespace busflow::command_line
