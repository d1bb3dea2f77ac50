#include <platform/config/settings.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <platform/base/file.hpp>

namespace busflow::config {
namespace {

constexpr std::string_view kPrefix = "BUSFLOW_";
constexpr std::string_view kFileSuffix = "_FILE";

/// Read by make and the scripts around the program, not by the program.
constexpr std::string_view kForeignVariables[] = {"BUSFLOW_PORT", "BUSFLOW_CONFIG", "BUSFLOW_URL",
                                                  "BUSFLOW_POSTGRES_BIN", "BUSFLOW_CHROMIUM"};

std::string environment_name(std::string_view name) {
  std::string result(kPrefix);
  for (const char c : name)
    result.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  return result;
}

/// Edit distance (Levenshtein), to suggest what was meant.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

template <class Project>
std::string nearest(std::string_view wrong, Project project) {
  std::string best;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const auto& info : settings_table()) {
    const std::string candidate = project(info);
    if (const auto d = distance(wrong, candidate); d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

const SettingInfo* find_info(std::string_view name) {
  const auto table = settings_table();
  const auto found = std::ranges::find(table, name, &SettingInfo::name);
  return found == table.end() ? nullptr : &*found;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<void> check_value(const SettingInfo& info, const std::string& value, std::string_view origin) {
  const auto wrong = [&](std::string_view expected) {
    return fail(ErrorName::kInvalidSetting,
                fmt::format("{} (from {}): '{}' is not {}", info.name, origin, value, expected));
  };
  if (info.type == SettingType::kBoolean && value != "true" && value != "false") return wrong("true or false");
  if (info.type != SettingType::kInteger) return {};
  const auto number = parse_integer(value);
  if (!number) return wrong("a whole number");
  if (*number < info.minimum || *number > info.maximum)
    return wrong(fmt::format("between {} and {}", info.minimum, info.maximum));
  return {};
}

}  // namespace

Result<Settings> Settings::load(const std::optional<std::string>& file, const Environment& environment) {
  Settings settings;
  for (const auto& info : settings_table()) settings.entries_[info.name] = {std::string(info.default_value), "default"};
  if (file) BUSFLOW_CHECK(settings.read_file(*file));
  BUSFLOW_CHECK(settings.read_environment(environment));
  return settings;
}

Result<void> Settings::set(const SettingInfo& info, std::string value, std::string origin) {
  BUSFLOW_CHECK(check_value(info, value, origin));
  entries_[info.name] = {std::move(value), std::move(origin)};
  return {};
}

Result<void> Settings::read_file(const std::string& file) {
  BUSFLOW_TRY(const std::string text, busflow::read_file(file));
  try {
    const YAML::Node root = YAML::Load(text);
    if (root.IsNull()) return {};
    for (const auto& section : root) {
      if (!section.second.IsMap()) {
        return fail(ErrorName::kInvalidSetting, fmt::format("{}:{}: expected 'section:' with indented settings", file,
                                                            section.first.Mark().line + 1));
      }
      for (const auto& item : section.second) {
        const auto name = fmt::format("{}.{}", section.first.as<std::string>(), item.first.as<std::string>());
        const auto place = fmt::format("{}:{}", file, item.first.Mark().line + 1);
        const auto* info = find_info(name);
        if (info == nullptr) {
          return fail(ErrorName::kInvalidSetting,
                      fmt::format("{}: there is no setting '{}'; did you mean '{}'?", place, name,
                                  nearest(name, [](const SettingInfo& row) { return std::string(row.name); })));
        }
        if (info->secret) {
          return fail(ErrorName::kInvalidSetting,
                      fmt::format("{}: '{}' is a secret; put it into a file and name that in {}{}", place, name,
                                  environment_name(name), kFileSuffix));
        }
        BUSFLOW_CHECK(set(*info, item.second.as<std::string>(), place));
      }
    }
  } catch (const YAML::Exception& error) {
    return fail(ErrorName::kInvalidSetting, fmt::format("{}:{}: {}", file, error.mark.line + 1, error.msg));
  }
  return {};
}

Result<void> Settings::read_environment(const Environment& environment) {
  for (const auto& [variable, value] : environment) {
    if (!variable.starts_with(kPrefix) || std::ranges::find(kForeignVariables, variable) != std::end(kForeignVariables))
      continue;
    const auto matches = [&variable](const SettingInfo& info) {
      return variable == environment_name(info.name) + (info.secret ? std::string(kFileSuffix) : "");
    };
    const auto table = settings_table();
    const auto found = std::ranges::find_if(table, matches);
    if (found == table.end()) {
      return fail(ErrorName::kInvalidSetting, fmt::format("there is no setting for the variable {}; did you mean {}?",
                                                          variable, nearest(variable, [](const SettingInfo& row) {
                                                            return environment_name(row.name) +
                                                                   (row.secret ? std::string(kFileSuffix) : "");
                                                          })));
    }
    if (found->secret) {
      BUSFLOW_TRY(auto secret_value, read_secret_file(value));
      BUSFLOW_CHECK(set(*found, std::move(secret_value), fmt::format("file {}", value)));
    } else {
      BUSFLOW_CHECK(set(*found, value, variable));
    }
  }
  return {};
}

const Settings::Entry& Settings::entry(std::string_view name, SettingType type) const {
  const auto* info = find_info(name);
  if (info == nullptr || info->type != type) throw std::logic_error(fmt::format("no setting '{}' of that type", name));
  return entries_.at(info->name);
}

const std::string& Settings::text(std::string_view name) const { return entry(name, SettingType::kText).value; }

std::int64_t Settings::integer(std::string_view name) const {
  return parse_integer(entry(name, SettingType::kInteger).value).value_or(0);  // Checked when it was read.
}

bool Settings::boolean(std::string_view name) const { return entry(name, SettingType::kBoolean).value == "true"; }

std::chrono::milliseconds Settings::milliseconds(std::string_view name) const {
  return std::chrono::milliseconds(integer(name));
}

std::string Settings::dump() const {
  std::string text;
  std::string section;
  for (const auto& info : settings_table()) {
    const auto dot = info.name.find('.');
    if (info.name.substr(0, dot) != section) {
      section = info.name.substr(0, dot);
      text += section + ":\n";
    }
    const auto& [value, origin] = entries_.at(info.name);
    const auto shown = info.secret ? (value.empty() ? "(not set)" : "***") : value;
    text += fmt::format("  {}: \"{}\"  # {}\n", info.name.substr(dot + 1), shown, origin);
  }
  return text;
}

Settings::Environment process_environment() {
  Settings::Environment result;
  for (char** item = environ; *item != nullptr; ++item) {
    const std::string_view text = *item;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) result.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

}  // namespace busflow::config
