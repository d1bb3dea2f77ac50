#include <platform/backup/scratch_server.hpp>

#include <pwd.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include <platform/base/file.hpp>
#include <platform/base/pause.hpp>
#include <platform/process/output.hpp>

namespace busflow::backup {
namespace {

constexpr std::string_view kPrefix = "busflow-scratch-";
constexpr int kPort = 5432;  // Part of the socket's name only.
constexpr auto kStartLimit = std::chrono::seconds(60);
constexpr std::size_t kKeptLog = 64 << 10;

/// What makes a restore fast and is no risk in a database that is thrown away.
constexpr std::array kSettings = {
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "max_wal_size=8GB",
    "checkpoint_timeout=1h",
    "maintenance_work_mem=256MB",
    "shared_buffers=256MB",
    "jit=off",
    "listen_addresses=",
    "log_min_messages=warning",
    "max_connections=20",
};

/// A process number may be used again: the time it began tells whether it is still the same.
std::string process_mark(pid_t pid) {
  const auto status = read_file(fmt::format("/proc/{}/stat", pid));
  if (!status) return {};
  const auto name_end = status->rfind(')');
  std::size_t at = name_end;
  for (int field = 0; field < 20 && at != std::string::npos; ++field) at = status->find(' ', at + 1);
  if (at == std::string::npos) return {};
  return fmt::format("{} {}", pid, status->substr(at + 1, status->find(' ', at + 1) - at - 1));
}

/// Folders whose process was killed; perhaps before it had written whose they are.
void remove_leftovers(const std::filesystem::path& work_folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(work_folder, ignored)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    const auto owner = read_file(entry.path() / "owner");
    pid_t pid = 0;
    if (owner) std::from_chars(owner->data(), owner->data() + owner->size(), pid);
    const bool is_owned = owner && !owner->empty() && process_mark(pid) == *owner;
    if (!is_owned) std::filesystem::remove_all(entry.path(), ignored);
  }
}

Outcome<std::filesystem::path> make_folder(const std::filesystem::path& work_folder) {
  std::error_code problem;
  std::filesystem::create_directories(work_folder, problem);
  remove_leftovers(work_folder);
  std::string pattern = (work_folder / (std::string(kPrefix) + "XXXXXX")).string();
  if (mkdtemp(pattern.data()) == nullptr)
    return found(
        errno == ENOSPC ? Problem::kDiskFull : Problem::kOther,
        fmt::format("no folder can be made in {}: {}", work_folder.string(), std::generic_category().message(errno)));
  std::ofstream(pattern + "/owner") << process_mark(getpid());
  if (const std::string account = ScratchServer::account(); !account.empty()) {
    const passwd* entry = getpwnam(account.c_str());
    if (entry == nullptr || chown(pattern.c_str(), entry->pw_uid, entry->pw_gid) != 0)
      return found(Problem::kServerFailed, fmt::format("{} cannot be given to the user {}", pattern, account));
  }
  return std::filesystem::path(pattern);
}

Failure server_failure(std::string_view what, const std::string& words) {
  const bool full = words.contains("No space left on device");
  return {full ? Problem::kDiskFull : Problem::kServerFailed, fmt::format("{}: {}", what, process::last_line(words))};
}

Outcome<void> initialise(const Context& context, const PostgresTools& tools, const std::filesystem::path& folder) {
  BUSFLOW_TRY(const auto done,
              process::capture(context, {.program = tools.program("initdb"),
                                         .arguments = {"--pgdata", (folder / "data").string(), "--username", "postgres",
                                                       "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8",
                                                       "--no-sync", "--no-instructions"},
                                         .environment = {{"LC_ALL", "C"}, {"TZ", "UTC"}},
                                         .user = ScratchServer::account()}));
  if (!done.exit.is_success()) return std::unexpected(server_failure("initdb", done.errors));
  return {};
}

}  // namespace

std::string ScratchServer::account() {
  if (geteuid() != 0) return {};
  return getpwnam("postgres") != nullptr ? "postgres" : "nobody";
}

Outcome<std::unique_ptr<ScratchServer>> ScratchServer::start(const Context& context, const PostgresTools& tools,
                                                             const std::filesystem::path& work_folder) {
  BUSFLOW_TRY(auto folder, make_folder(work_folder));
  if (auto made = initialise(context, tools, folder); !made) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    return std::unexpected(made.error());
  }
  process::Command command{
      .program = tools.program("postgres"),
      .arguments = {"-D", (folder / "data").string(), "-k", folder.string(), "-p", std::to_string(kPort)},
      .environment = {{"LC_ALL", "C"}},
      .user = account()};
  for (const auto* setting : kSettings) command.arguments.insert(command.arguments.end(), {"-c", setting});
  if (std::filesystem::exists(tools.folder / "../lib/pg_cron.so"))
    command.arguments.insert(command.arguments.end(),
                             {"-c", "shared_preload_libraries=pg_cron", "-c", "cron.database_name=verify", "-c",
                              "cron.launch_active_jobs=off"});
  // In memory: when the disk is full, that is what the log has to tell.
  BUSFLOW_TRY(auto log, process::Collector::make(kKeptLog));
  BUSFLOW_TRY(auto child, process::Child::start(command, {.errors = &log->stream()}));
  log->start();
  std::unique_ptr<ScratchServer> server(new ScratchServer(folder, std::move(log), std::move(child)));
  const auto until = context.clock.steady_now() + kStartLimit;
  while (!postgres::Connection::open(server->options("postgres"))) {
    BUSFLOW_CHECK(context.check());
    if (server->server_.poll() || context.clock.steady_now() > until)
      return std::unexpected(server_failure("the server does not start", server->log_end()));
    pause(context.cancellation, std::chrono::milliseconds(20));
  }
  return server;
}

ScratchServer::~ScratchServer() {
  server_.signal(SIGQUIT);  // At once: nothing in it is wanted any more.
  const SystemClock clock;
  RandomIdentifierSource identifiers;
  Context context{
      .clock = clock, .identifiers = identifiers, .deadline = clock.steady_now() + std::chrono::seconds(10)};
  static_cast<void>(server_.wait(context));
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

postgres::ConnectionOptions ScratchServer::options(std::string database) const {
  return {.host = folder_.string(),
          .port = kPort,
          .database = std::move(database),
          .user = "postgres",
          .password = "",
          .sslmode = "disable",
          .ssl_root_certificate = "",
          .application_name = "busflowctl"};
}

Outcome<std::unique_ptr<postgres::Connection>> ScratchServer::connect(std::string database) const {
  BUSFLOW_TRY(auto connection, postgres::Connection::open(options(std::move(database))));
  return connection;
}

std::string ScratchServer::log_end() const { return log_->kept(); }

Outcome<std::uint64_t> free_bytes(const std::filesystem::path& folder) {
  struct statvfs information{};
  if (statvfs(folder.c_str(), &information) != 0)
    return found(Problem::kOther, fmt::format("{}: {}", folder.string(), std::generic_category().message(errno)));
  return static_cast<std::uint64_t>(information.f_bavail) * information.f_frsize;
}

}  // namespace busflow::backup
