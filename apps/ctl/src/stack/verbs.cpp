#include "verbs.hpp"

namespace busflow::ctl {

std::vector<command_line::Verb> stack_verbs() {
  return {stack_lint_verb(),   stack_deploy_verb(),  stack_canary_verb(),  stack_preview_verb(), stack_rollback_verb(),
          stack_status_verb(), stack_secrets_verb(), stack_profile_verb(), stack_prune_verb()};
}

}  // namespace busflow::ctl
