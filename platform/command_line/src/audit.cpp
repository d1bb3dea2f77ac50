#include <platform/command_line/audit.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <system_error>

#include <fmt/format.h>

namespace busflow::command_line {

Result<void> AuditLog::append(const json::Object& entry) const {
  std::error_code problem;
  if (file_.has_parent_path()) std::filesystem::create_directories(file_.parent_path(), problem);
  const auto failure = [&] {
    return fail(ErrorName::kInvalidSetting, fmt::format("the audit log {} cannot be written: {}", file_.string(),
                                                        std::generic_category().message(errno)));
  };
  const int descriptor = open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return failure();
  const std::string line = json::serialize(entry) + "\n";
  const bool written =
      write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(descriptor) == 0;
  auto result = written ? Result<void>() : failure();
  close(descriptor);
  return result;
}

}  // namespace busflow::command_line
