#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>

namespace busflow::graphql_app {

/// The settings of the program: from the command line, else from the environment, else from the table.
class Configuration {
 public:
  using Environment = std::map<std::string, std::string, std::less<>>;

  /// kInvalidSetting names the variable; never its value.
  static Result<Configuration> load(const std::map<std::string, std::string>& flags, Environment environment);

  /// By the name in the table; a name that is not in it is a fault.
  const std::string& text(std::string_view name) const;
  Result<std::int64_t> integer(std::string_view name) const;
  Result<bool> flag(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;

  /// The whole environment of the process, for metadata that refers to it.
  const Environment& environment() const { return environment_; }
  /// Variables that look like settings and are none.
  std::vector<std::string> unknown() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
  Environment environment_;
};

Configuration::Environment process_environment();

}  // namespace busflow::graphql_app
