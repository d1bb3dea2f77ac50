#include <platform/postgres_testkit/test_cluster.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include <platform/postgres/connection.hpp>

#include "child_process.hpp"

namespace busflow::testkit {
namespace {

constexpr auto kStartLimit = std::chrono::seconds(60);

/// BUSFLOW_POSTGRES_BIN, or the newest that Debian installed.
std::filesystem::path find_binaries() {
  if (const char* given = std::getenv("BUSFLOW_POSTGRES_BIN")) return given;
  std::vector<std::filesystem::path> found;
  const std::filesystem::path root = "/usr/lib/postgresql";
  if (std::filesystem::exists(root)) {
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
      if (std::filesystem::exists(entry.path() / "bin/initdb")) found.push_back(entry.path() / "bin");
    }
  }
  if (found.empty())
    throw std::runtime_error(
        "no PostgreSQL server found under /usr/lib/postgresql; run tools/install.sh or set BUSFLOW_POSTGRES_BIN");
  const auto major = [](const std::filesystem::path& path) {
    return std::stoi(path.parent_path().filename().string());
  };
  return *std::ranges::max_element(found, {}, major);
}

std::filesystem::path make_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "busflow-pg-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder for PostgreSQL");
  return pattern;
}

}  // namespace

TestCluster& TestCluster::instance() {
  static TestCluster cluster;
  return cluster;
}

TestCluster::TestCluster() : directory_(make_directory()) {
  give_to_database_user(directory_);
  const auto binaries = find_binaries();
  const auto data = (directory_ / "data").string();
  const auto log = directory_ / "log";
  run_as_database_user({binaries / "initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust",
                        "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"},
                       log);
  start();
}

void TestCluster::start() {
  const auto binaries = find_binaries();
  const auto data = (directory_ / "data").string();
  const auto log = directory_ / "log";
  server_ = start_as_database_user({binaries / "postgres",
                                    "-D",
                                    data,
                                    "-k",
                                    directory_,
                                    "-c",
                                    "listen_addresses=",
                                    "-c",
                                    "fsync=off",
                                    "-c",
                                    "synchronous_commit=off",
                                    "-c",
                                    "full_page_writes=off",
                                    "-c",
                                    "max_connections=200",
                                    "-c",
                                    "wal_level=logical",
                                    "-c",
                                    "max_replication_slots=50",
                                    "-c",
                                    "max_wal_senders=50",
                                    "-c",
                                    "max_slot_wal_keep_size=256MB",
                                    "-c",
                                    "shared_buffers=64MB",
                                    "-c",
                                    "log_min_messages=fatal"},
                                   log);
  const auto until = std::chrono::steady_clock::now() + kStartLimit;
  while (!postgres::Connection::open(options("postgres", "postgres"))) {
    if (waitpid(server_, nullptr, WNOHANG) == server_ || std::chrono::steady_clock::now() > until) {
      throw std::runtime_error(fmt::format("PostgreSQL did not start; see {}", log.string()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void TestCluster::restart() {
  kill(server_, SIGINT);
  waitpid(server_, nullptr, 0);
  start();
}

TestCluster::~TestCluster() {
  kill(server_, SIGQUIT);
  waitpid(server_, nullptr, 0);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

postgres::ConnectionOptions TestCluster::options(const std::string& user, const std::string& database) const {
  return {.host = directory_.string(), .port = 5432, .database = database, .user = user, .sslmode = "disable"};
}

}  // namespace busflow::testkit
