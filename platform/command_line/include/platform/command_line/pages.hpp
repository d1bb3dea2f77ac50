#pragma once

#include <string>
#include <string_view>

#include <platform/command_line/verb.hpp>

/// What people read about a program, all of it made from its verb table.
namespace busflow::command_line {

std::string help_page(const Program& program);
/// The verbs of one noun.
std::string help_page(const Program& program, std::string_view noun);
std::string help_page(const Program& program, const VerbInfo& verb);

/// In man(7), section 1. The program's own page lists its verbs.
std::string manual_page(const Program& program);
std::string manual_page(const Program& program, const VerbInfo& verb);
/// "busflowctl-backup-verify.1".
std::string manual_page_name(const Program& program, const VerbInfo& verb);

/// A script for bash, zsh or fish; kBadRequest for another shell.
Result<std::string> completion_script(const Program& program, std::string_view shell);

/// Markdown, for docs/reference.
std::string reference_page(const Program& program);

/// "busflowctl backup verify".
std::string full_name(const Program& program, const VerbInfo& verb);

}  // namespace busflow::command_line
