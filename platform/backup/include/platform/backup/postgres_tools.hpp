#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <platform/backup/problem.hpp>
#include <platform/base/context.hpp>
#include <platform/postgres/connection_options.hpp>
#include <platform/process/command.hpp>
#include <platform/process/descriptor.hpp>

namespace busflow::backup {

/// The programs of one PostgreSQL version.
struct PostgresTools {
  std::filesystem::path folder;
  int major = 0;
  std::string version;  ///< "15.18".

  std::string program(std::string_view name) const { return (folder / name).string(); }
};

/// Those of the given major version: in `given`, when that is named, or where Debian and PGDG install them. kNoServer
/// lists the versions that are there.
Outcome<PostgresTools> find_postgres_tools(const Context& context, int major, const std::filesystem::path& given);

/// Completes a command with the arguments and the password file that libpq's programs need. The password is never an
/// argument or in the environment. The returned descriptor must live until the command was started.
Outcome<process::Descriptor> connect_command(process::Command& command, const postgres::ConnectionOptions& options);

}  // namespace busflow::backup
