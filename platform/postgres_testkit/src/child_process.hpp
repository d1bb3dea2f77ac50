#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace busflow::testkit {

/// Starts a program that is killed when this process ends, however it ends. Its output goes to `log`. When we are root
/// it runs as the user "postgres", because PostgreSQL refuses to run as root.
pid_t start_as_database_user(const std::vector<std::string>& command, const std::filesystem::path& log);

/// The same, waiting for its end. Throws with the log's text when it fails.
void run_as_database_user(const std::vector<std::string>& command, const std::filesystem::path& log);

/// Gives the folder to the user that start_as_database_user() runs programs as.
void give_to_database_user(const std::filesystem::path& folder);

}  // namespace busflow::testkit
