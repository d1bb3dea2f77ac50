#pragma once

#include <filesystem>

#include <platform/base/result.hpp>
#include <platform/json/json.hpp>

namespace busflow::command_line {

/// Who changed what, when: a file of JSON lines that is only ever added to. Safe with several processes; a line is
/// written whole and synced to disk before append() returns.
class AuditLog {
 public:
  explicit AuditLog(std::filesystem::path file) : file_(std::move(file)) {}

  Result<void> append(const json::Object& entry) const;
  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
};

}  // namespace busflow::command_line
