#include "environment.hpp"

#include <array>
#include <iostream>

#include <fmt/format.h>

namespace busflow::ctl {
namespace {

constexpr std::array<std::string_view, 2> kSources = {"minio-inswarm", "hetzner-s3"};

std::string group_of(std::string_view source) { return source == kSources[0] ? "minio_inswarm" : "hetzner_s3"; }

}  // namespace

Result<config::Settings> load_settings(const std::string& file) {
  return config::Settings::load(file.empty() ? std::nullopt : std::optional(file), config::process_environment());
}

Result<std::string> choose_source(const config::Settings& settings, const std::string& name) {
  const std::string& source = name.empty() ? settings.text("backup.source") : name;
  if (std::ranges::find(kSources, source) != kSources.end()) return source;
  return fail(
      ErrorName::kInvalidSetting,
      fmt::format("the source is '{}': set --source or BUSFLOW_BACKUP_SOURCE to minio-inswarm or hetzner-s3", source));
}

backup::Outcome<object_store::ObjectStore> open_store(const config::Settings& settings, const std::string& source,
                                                      std::chrono::milliseconds idle_timeout) {
  const std::string group = group_of(source);
  const auto text = [&](std::string_view name) { return settings.text(fmt::format("{}.{}", group, name)); };
  object_store::Remote remote{.name = source,
                              .endpoint = text("endpoint"),
                              .bucket = text("bucket"),
                              .region = text("region"),
                              .provider = text("provider"),
                              .access_key = text("access_key"),
                              .secret_key = text("secret_key"),
                              .ca_file = text("ca_file")};
  BUSFLOW_TRY(auto store, object_store::ObjectStore::open(std::move(remote), {.rclone = settings.text("backup.rclone"),
                                                                              .idle_timeout = idle_timeout}));
  return store;
}

postgres::ConnectionOptions backup_database(const config::Settings& settings) {
  return {.host = settings.text("database.host"),
          .port = static_cast<int>(settings.integer("database.port")),
          .database = settings.text("database.name"),
          .user = settings.text("backup.database_user"),
          .password = settings.text("backup.database_password"),
          .sslmode = settings.text("database.sslmode"),
          .ssl_root_certificate = settings.text("database.ssl_root_certificate"),
          .application_name = "busflowctl",
          .connect_timeout = settings.milliseconds("database.connect_timeout_ms")};
}

alerting::Alerts alerts_from(const config::Settings& settings, const command_line::Invocation& call) {
  return alerting::Alerts({.slack_webhook = settings.text("alerts.slack_webhook"),
                           .github_repository = settings.text("alerts.github_repository"),
                           .github_token = settings.text("alerts.github_token"),
                           .github_host = settings.text("alerts.github_host"),
                           .gh = settings.text("alerts.gh"),
                           .heartbeat_url = settings.text("alerts.heartbeat_url"),
                           .ca_file = settings.text("alerts.ca_file"),
                           .timeout = call.duration("notify-timeout"),
                           .backoff = call.duration("notify-backoff")});
}

Result<std::filesystem::path> audit_file(const std::string& settings_file) {
  BUSFLOW_TRY(const auto settings, load_settings(settings_file));
  std::filesystem::path folder = settings.text("operator.state_directory");
  if (folder.empty()) {
    const auto environment = config::process_environment();
    const auto state = environment.find("XDG_STATE_HOME");
    const auto home = environment.find("HOME");
    if (state == environment.end() && home == environment.end())
      return fail(ErrorName::kInvalidSetting, "neither operator.state_directory nor HOME is set");
    folder = state != environment.end() ? std::filesystem::path(state->second)
                                        : std::filesystem::path(home->second) / ".local/state";
    folder /= "busflowctl";
  }
  return folder / "audit.jsonl";
}

int report(command_line::Invocation& call, const backup::Failure& failure) {
  const auto& info = failure.info();
  if (!call.console().options().json)
    std::cerr << fmt::format("error: {}: {} {}\n  -> {}\n", info.id, info.text, failure.detail, info.hint);
  json::Object result = call.console().result();
  result["problem"] = info.id;
  result["detail"] = failure.detail;
  result["hint"] = info.hint;
  call.console().result(std::move(result));
  return info.exit_code;
}

void Steps::add(std::string text, Action action) {
  plan_.add(std::move(text), [this, action = std::move(action)]() -> Result<void> {
    auto done = action();
    if (done) return {};
    failure_ = done.error();
    return fail(ErrorName::kInternal);  // Only ends the plan: failure_ is what is told.
  });
}

backup::Outcome<void> Steps::run(command_line::Invocation& call) {
  if (call.dry_run()) {
    plan_.print(call.console());
    return {};
  }
  if (plan_.run(call.console())) return {};
  return std::unexpected(failure_.value_or(backup::Failure(backup::Problem::kOther, "")));
}

std::string BackupLock::describe() const { return fmt::format("lock 'backup' in {}", store_.describe()); }

backup::Outcome<void> BackupLock::take(std::string_view reason) {
  BUSFLOW_TRY(auto taken, object_store::Lease::take(store_, call_.context(), "backup", reason, lifetime_));
  lease_.emplace(std::move(taken));
  return {};
}

void BackupLock::add_release(Steps& steps) {
  steps.add("unlock", [this]() -> backup::Outcome<void> {
    if (lease_) BUSFLOW_CHECK(lease_->release(call_.context()));
    return {};
  });
}

std::vector<command_line::ExitCode> problem_exit_codes() {
  std::vector<command_line::ExitCode> codes;
  for (const auto& info : backup::problem_table()) codes.push_back({info.exit_code, info.id, info.text});
  return codes;
}

}  // namespace busflow::ctl
