#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <platform/alerting/alert.hpp>
#include <platform/backup/problem.hpp>
#include <platform/command_line/invocation.hpp>
#include <platform/command_line/plan.hpp>
#include <platform/config/settings.hpp>
#include <platform/object_store/lease.hpp>
#include <platform/object_store/object_store.hpp>
#include <platform/postgres/connection_options.hpp>

/// What all verbs need of the settings, and how they end.
namespace busflow::ctl {

Result<config::Settings> load_settings(const std::string& file);

/// "minio-inswarm" or "hetzner-s3"; an empty name is backup.source. kInvalidSetting for anything else: an unset
/// variable in a workflow must not quietly mean one of them.
Result<std::string> choose_source(const config::Settings& settings, const std::string& name);
backup::Outcome<object_store::ObjectStore> open_store(const config::Settings& settings, const std::string& source,
                                                      std::chrono::milliseconds idle_timeout);

/// The database to dump, as the backup role.
postgres::ConnectionOptions backup_database(const config::Settings& settings);

/// Slack, GitHub and the heartbeat, as the settings and the options below say.
alerting::Alerts alerts_from(const config::Settings& settings, const command_line::Invocation& call);

inline constexpr command_line::OptionInfo kNotifyBackoffOption{.name = "notify-backoff",
                                                               .kind = command_line::OptionKind::kDuration,
                                                               .value_name = "TIME",
                                                               .default_value = "2s",
                                                               .help = "before Slack is tried again; doubles"};

inline constexpr command_line::OptionInfo kNotifyTimeoutOption{.name = "notify-timeout",
                                                               .kind = command_line::OptionKind::kDuration,
                                                               .value_name = "TIME",
                                                               .default_value = "10s",
                                                               .help = "for one answer of Slack or the heartbeat"};

Result<std::filesystem::path> audit_file(const std::string& settings_file);

/// Prints the failure, sets it as the result for --json, and returns its exit code.
int report(command_line::Invocation& call, const backup::Failure& failure);

/// Steps whose failures are backup::Failure: a Plan that remembers the one that ended it.
class Steps {
 public:
  using Action = std::function<backup::Outcome<void>()>;

  void add(std::string text, Action action);
  /// Prints the steps for --dry-run, or runs them.
  backup::Outcome<void> run(command_line::Invocation& call);

 private:
  command_line::Plan plan_;
  std::optional<backup::Failure> failure_;
};

/// The lock on the backups of a store, for verbs that change them. References must
/// outlive it.
class BackupLock {
 public:
  BackupLock(command_line::Invocation& call, const object_store::ObjectStore& store, std::chrono::milliseconds lifetime)
      : call_(call), store_(store), lifetime_(lifetime) {}

  std::string describe() const;
  backup::Outcome<void> take(std::string_view reason);
  void add_release(Steps& steps);

 private:
  command_line::Invocation& call_;
  const object_store::ObjectStore& store_;
  std::chrono::milliseconds lifetime_;
  std::optional<object_store::Lease> lease_;
};

/// The rows of problem_table() as exit codes of a verb.
std::vector<command_line::ExitCode> problem_exit_codes();

}  // namespace busflow::ctl
