#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <platform/base/result.hpp>

namespace busflow::config {

enum class SettingType { kText, kInteger, kBoolean };

/// One row of the table that the program, its dump and docs/reference/settings.md read.
struct SettingInfo {
  std::string_view name;  ///< "http.port". In the environment: BUSFLOW_HTTP_PORT.
  SettingType type;
  std::string_view default_value;
  std::int64_t minimum;  ///< For integers.
  std::int64_t maximum;
  std::string_view unit;  ///< "ms", "bytes", or empty.
  bool secret;            ///< Comes from a file only: BUSFLOW_AUTH_JWT_KEY_FILE names it.
  std::string_view help;
};

std::span<const SettingInfo> settings_table();

/// The settings of a process: defaults, overridden by a YAML file, overridden by the environment. Immutable;
/// thread-safe.
class Settings {
 public:
  using Environment = std::map<std::string, std::string>;

  /// `file` may be absent. Every error names the setting, where its value came from, and what would be right. An
  /// unknown key in the file or an unknown BUSFLOW_ variable is an error, so that a typing mistake is not taken for the
  /// default.
  static Result<Settings> load(const std::optional<std::string>& file, const Environment& environment);

  /// Asking for a name that the table lacks, or with another type, is a fault (std::logic_error).
  const std::string& text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::chrono::milliseconds milliseconds(std::string_view name) const;

  /// All settings as YAML, with where each came from. Secrets show as "***" or "(not set)".
  std::string dump() const;

 private:
  struct Entry {
    std::string value;
    std::string origin;
  };
  Result<void> read_file(const std::string& file);
  Result<void> read_environment(const Environment& environment);
  Result<void> set(const SettingInfo& info, std::string value, std::string origin);
  const Entry& entry(std::string_view name, SettingType type) const;

  std::map<std::string_view, Entry> entries_;
};

/// The process's environment.
Settings::Environment process_environment();

}  // namespace busflow::config
