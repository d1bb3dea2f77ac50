#pragma once

#include <vector>

#include <platform/command_line/verb.hpp>

namespace busflow::ctl {

/// lint, deploy, canary, preview, rollback, status, secrets, profile, prune.
std::vector<command_line::Verb> stack_verbs();

command_line::Verb stack_canary_verb();
command_line::Verb stack_deploy_verb();
command_line::Verb stack_lint_verb();
command_line::Verb stack_preview_verb();
command_line::Verb stack_profile_verb();
command_line::Verb stack_prune_verb();
command_line::Verb stack_rollback_verb();
command_line::Verb stack_secrets_verb();
command_line::Verb stack_status_verb();

}  // namespace busflow::ctl
