#include "verbs.hpp"

#include "environment.hpp"

namespace busflow::ctl {

std::vector<command_line::Verb> backup_verbs() {
  return {backup_create_verb(),  backup_list_verb(),  backup_verify_verb(),
          backup_restore_verb(), backup_prune_verb(), backup_run_verb()};
}

std::span<const command_line::ExitCode> backup_exit_codes() {
  static const std::vector<command_line::ExitCode> codes = problem_exit_codes();
  return codes;
}

}  // namespace busflow::ctl
