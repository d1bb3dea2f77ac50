#pragma once

#include <vector>

#include <platform/command_line/verb.hpp>

namespace busflow::ctl {

/// create, list, verify, restore, prune, run.
std::vector<command_line::Verb> backup_verbs();

command_line::Verb backup_create_verb();
command_line::Verb backup_list_verb();
command_line::Verb backup_verify_verb();
command_line::Verb backup_restore_verb();
command_line::Verb backup_prune_verb();
command_line::Verb backup_run_verb();

/// Everything that can be wrong with a backup.
std::span<const command_line::ExitCode> backup_exit_codes();

inline constexpr command_line::OptionInfo kSourceOption{.name = "source",
                                                        .value_name = "SOURCE",
                                                        .help = "where dumps are; default: BUSFLOW_BACKUP_SOURCE",
                                                        .choices = "minio-inswarm|hetzner-s3"};
inline constexpr command_line::OptionInfo kIdleTimeoutOption{.name = "idle-timeout",
                                                             .kind = command_line::OptionKind::kDuration,
                                                             .value_name = "TIME",
                                                             .default_value = "15m",
                                                             .help = "give a transfer up when nothing moved so long"};
inline constexpr command_line::OptionInfo kPostgresBinOption{
    .name = "postgres-bin",
    .value_name = "FOLDER",
    .help = "PostgreSQL's programs; default: where Debian installs those of the right version"};
inline constexpr command_line::OptionInfo kLockLifetimeOption{
    .name = "lock-lifetime",
    .kind = command_line::OptionKind::kDuration,
    .value_name = "TIME",
    .default_value = "2h",
    .help = "when the lock of a run that was killed elsewhere expires"};

}  // namespace busflow::ctl
