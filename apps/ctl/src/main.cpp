#include <exception>
#include <iostream>

#include <platform/command_line/program.hpp>

#include "alert/verbs.hpp"
#include "audit/verbs.hpp"
#include "backup/verbs.hpp"
#include "cluster/verbs.hpp"
#include "environment.hpp"
#include "lock/verbs.hpp"
#include "pages/verbs.hpp"
#include "stack/verbs.hpp"

namespace {

constexpr std::string_view kNotes =
    "Settings are those of busflow: a YAML file (--config), then the environment; backup.source is "
    "BUSFLOW_BACKUP_SOURCE.\n"
    "Secrets come from files only: BUSFLOW_HETZNER_S3_SECRET_KEY_FILE names the file with hetzner_s3.secret_key.\n"
    "'busflowctl completion bash' prints completion for the shell; 'busflowctl manual FOLDER' writes the manual pages.";

int run(int argument_count, char** arguments) {
  using namespace busflow;
  command_line::Program program{.name = "busflowctl",
                                .version = "0.1.0",
                                .summary = "Operates Busflow: the stack, the cluster, backups and their proof.",
                                .notes = kNotes,
                                .exit_codes = ctl::backup_exit_codes(),
                                .verbs = ctl::backup_verbs()};
  for (auto& verb : ctl::stack_verbs()) program.verbs.push_back(std::move(verb));
  for (auto& verb : ctl::cluster_verbs()) program.verbs.push_back(std::move(verb));
  for (auto& verb : ctl::lock_verbs()) program.verbs.push_back(std::move(verb));
  for (auto& verb : ctl::alert_verbs()) program.verbs.push_back(std::move(verb));
  for (auto& verb : ctl::audit_verbs()) program.verbs.push_back(std::move(verb));
  for (auto& verb : ctl::page_verbs(program)) program.verbs.push_back(std::move(verb));
  return command_line::run(program, {.audit_file = ctl::audit_file}, argument_count, arguments);
}

}  // namespace

int main(int argument_count, char** arguments) {
  try {
    return run(argument_count, arguments);
  } catch (const std::exception& fault) {
    std::cerr << "fault: " << fault.what() << '\n';
    return 70;  // EX_SOFTWARE: a bug, not a wrong input.
  }
}
