#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "environment.hpp"

namespace busflow::ctl {

struct CreateOptions {
  std::string class_;
  std::string cadence;
  std::string format = "custom";
  std::string compression{};
  std::filesystem::path postgres_bin{};
  std::chrono::milliseconds lock_lifetime;
  std::chrono::milliseconds idle_timeout;
};

/// One dump, with its steps on the console.
backup::Outcome<void> create_backup(command_line::Invocation& call, const config::Settings& settings,
                                    const std::string& source, const CreateOptions& options);

}  // namespace busflow::ctl
