#include "configuration.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <unistd.h>

#include <fmt/format.h>

#include <platform/base/file.hpp>
#include <platform/base/text.hpp>

#include "settings_table.hpp"

namespace busflow::graphql_app {
namespace {

constexpr std::string_view kPrefix = "HASURA_GRAPHQL_";

std::string variable(std::string_view name) { return fmt::format("{}{}", kPrefix, name); }

Result<std::string> value_of(const Setting& setting, const std::map<std::string, std::string>& flags,
                             const Configuration::Environment& environment) {
  const auto flag = flags.find(std::string(setting.name));
  if (flag != flags.end()) return flag->second;
  const auto given = environment.find(variable(setting.name));
  if (setting.is_secret) {
    const auto file = environment.find(variable(setting.name) + "_FILE");
    if (file != environment.end()) {
      if (given != environment.end()) {
        return fail(ErrorName::kInvalidSetting,
                    fmt::format("both {0} and {0}_FILE are set; keep one", variable(setting.name)));
      }
      return read_secret_file(file->second);
    }
  }
  return given == environment.end() ? std::string(setting.by_default) : given->second;
}

}  // namespace

Result<Configuration> Configuration::load(const std::map<std::string, std::string>& flags, Environment environment) {
  Configuration configuration;
  configuration.environment_ = std::move(environment);
  for (const Setting& setting : settings_table()) {
    BUSFLOW_TRY(configuration.values_[std::string(setting.name)], value_of(setting, flags, configuration.environment_));
  }
  return configuration;
}

const std::string& Configuration::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::logic_error(fmt::format("no setting {}", name));
  return found->second;
}

Result<std::int64_t> Configuration::integer(std::string_view name) const {
  const std::string& given = text(name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number);
  if (error != std::errc() || end != given.data() + given.size() || number < 0)
    return fail(ErrorName::kInvalidSetting, fmt::format("{} must be a whole number, 0 or more", variable(name)));
  return number;
}

Result<bool> Configuration::flag(std::string_view name) const {
  const std::string& given = text(name);
  if (given.empty() || given == "false" || given == "no" || given == "n" || given == "f" || given == "0") return false;
  if (given == "true" || given == "yes" || given == "y" || given == "t" || given == "1") return true;
  return fail(ErrorName::kInvalidSetting, fmt::format("{} must be true or false", variable(name)));
}

std::vector<std::string> Configuration::list(std::string_view name) const {
  const auto& given = text(name);
  const auto parts = split_list(given);
  return {parts.begin(), parts.end()};
}

std::vector<std::string> Configuration::unknown() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : environment_) {
    if (!name.starts_with(kPrefix)) continue;
    const std::string_view rest = std::string_view(name).substr(kPrefix.size());
    const auto is_it = [&](const Setting& setting) {
      return rest == setting.name || (setting.is_secret && rest == fmt::format("{}_FILE", setting.name));
    };
    if (std::ranges::none_of(settings_table(), is_it)) names.push_back(name);
  }
  return names;
}

Configuration::Environment process_environment() {
  Configuration::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

}  // namespace busflow::graphql_app
