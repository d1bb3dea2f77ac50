#include <platform/backup/postgres_tools.hpp>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <platform/process/output.hpp>

namespace busflow::backup {
namespace {

constexpr std::string_view kDebianFolder = "/usr/lib/postgresql";

/// "pg_restore (PostgreSQL) 15.18 (Debian …)" -> "15.18".
std::string version_in(std::string_view output) {
  constexpr std::string_view kMark = "(PostgreSQL) ";
  const auto begin = output.find(kMark);
  if (begin == std::string_view::npos) return {};
  output.remove_prefix(begin + kMark.size());
  return std::string(output.substr(0, output.find_first_of(" \n")));
}

std::optional<PostgresTools> tools_in(const Context& context, const std::filesystem::path& folder) {
  const auto output =
      process::succeed(context, {.program = (folder / "pg_restore").string(), .arguments = {"--version"}});
  if (!output) return std::nullopt;
  PostgresTools tools{.folder = folder, .major = 0, .version = version_in(*output)};
  std::from_chars(tools.version.data(), tools.version.data() + tools.version.size(), tools.major);
  if (tools.major == 0) return std::nullopt;
  return tools;
}

}  // namespace

Outcome<PostgresTools> find_postgres_tools(const Context& context, int major, const std::filesystem::path& given) {
  std::vector<std::filesystem::path> folders;
  if (!given.empty()) {
    folders.push_back(given);
  } else if (std::filesystem::exists(kDebianFolder)) {
    for (const auto& entry : std::filesystem::directory_iterator(kDebianFolder))
      folders.push_back(entry.path() / "bin");
  }
  std::string there;
  for (const auto& folder : folders) {
    auto tools = tools_in(context, folder);
    BUSFLOW_CHECK(context.check());
    if (!tools) continue;
    if (tools->major == major) return std::move(*tools);
    there += fmt::format("{}{}", there.empty() ? "" : ", ", tools->version);
  }
  return found(Problem::kNoServer,
               fmt::format("PostgreSQL {} is needed; there {} under {}", major,
                           there.empty() ? "is none" : "is " + there, given.empty() ? kDebianFolder : given.native()));
}

Outcome<process::Descriptor> connect_command(process::Command& command, const postgres::ConnectionOptions& options) {
  std::string target = fmt::format("host={} port={} user={} dbname='{}' application_name=busflowctl", options.host,
                                   options.port, options.user, options.database);
  if (!options.sslmode.empty()) target += fmt::format(" sslmode={}", options.sslmode);
  if (!options.ssl_root_certificate.empty()) target += fmt::format(" sslrootcert='{}'", options.ssl_root_certificate);
  command.arguments.insert(command.arguments.end(), {"--no-password", "--dbname", target});
  command.environment.emplace_back("LC_ALL", "C");  // Its messages are read by us.
  BUSFLOW_TRY(auto file, process::make_secret_file(options.password_file()));
  if (!options.password.empty()) {
    command.environment.emplace_back("PGPASSFILE", fmt::format("/proc/self/fd/{}", file.get()));
    command.inherited.push_back(file.get());
  }
  return file;
}

}  // namespace busflow::backup
