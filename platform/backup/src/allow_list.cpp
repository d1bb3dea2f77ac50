#include <platform/backup/allow_list.hpp>

#include <algorithm>
#include <initializer_list>
#include <sstream>

#include <date/date.h>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace busflow::backup {
namespace {

/// Thrown inside this file only: yaml-cpp throws as well, and both end as one Failure in load().
struct Wrong {
  YAML::Mark mark;
  std::string what;
};

[[noreturn]] void refuse(const YAML::Node& node, std::string what) { throw Wrong{node.Mark(), std::move(what)}; }

void only(const YAML::Node& node, std::initializer_list<std::string_view> known) {
  if (!node.IsMap()) refuse(node, "must be a map");
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (std::ranges::find(known, key) == known.end()) refuse(entry.first, fmt::format("unknown key '{}'", key));
  }
}

YAML::Node needed(const YAML::Node& node, const char* key) {
  const YAML::Node value = node[key];
  if (!value) refuse(node, fmt::format("'{}' is missing", key));
  return value;
}

std::string text(const YAML::Node& node, const char* key) {
  const YAML::Node value = needed(node, key);
  if (!value.IsScalar() || value.Scalar().empty()) refuse(value, fmt::format("'{}' must be a text", key));
  return value.Scalar();
}

std::int64_t count(const YAML::Node& node, const char* key) {
  const YAML::Node value = needed(node, key);
  std::int64_t number = -1;
  if (!YAML::convert<std::int64_t>::decode(value, number) || number < 0)
    refuse(value, fmt::format("'{}' must be a number of at least 0", key));
  return number;
}

std::chrono::sys_days day(const YAML::Node& node, const char* key) {
  std::istringstream input(text(node, key));
  std::chrono::sys_days value;
  input >> date::parse("%F", value);
  if (input.fail() || input.peek() != std::istringstream::traits_type::eof())
    refuse(node[key], fmt::format("'{}' must be a day, such as 2027-01-31", key));
  return value;
}

ColumnName column(const YAML::Node& node, const char* key) {
  const std::string name = text(node, key);
  const auto first = name.find('.');
  const auto second = first == std::string::npos ? first : name.find('.', first + 1);
  if (second == std::string::npos || name.find('.', second + 1) != std::string::npos)
    refuse(node[key], fmt::format("'{}' must be schema.table.column", key));
  return {.schema = name.substr(0, first),
          .table = name.substr(first + 1, second - first - 1),
          .column = name.substr(second + 1)};
}

YAML::Node list(const YAML::Node& root, const char* key) {
  only(root, {key});
  const YAML::Node entries = needed(root, key);
  if (!entries.IsSequence() && !entries.IsNull()) refuse(entries, fmt::format("'{}' must be a list", key));
  return entries;
}

template <class Read>
auto load(const std::string& file, const Read& read) -> Outcome<decltype(read(YAML::Node()))> {
  try {
    return read(YAML::LoadFile(file));
  } catch (const Wrong& wrong) {
    return found(Problem::kBadAllowList, fmt::format("{}:{}: {}", file, wrong.mark.line + 1, wrong.what));
  } catch (const YAML::BadFile&) {
    return found(Problem::kBadAllowList, fmt::format("{} cannot be read", file));
  } catch (const YAML::Exception& problem) {
    return found(Problem::kBadAllowList, fmt::format("{}:{}: {}", file, problem.mark.line + 1, problem.msg));
  }
}

}  // namespace

Outcome<std::vector<SoftReference>> read_soft_references(const std::string& file) {
  return load(file, [](const YAML::Node& root) {
    std::vector<SoftReference> references;
    for (const auto& node : list(root, "references")) {
      only(node, {"parent", "child", "max_orphans", "owner", "expires", "reason"});
      references.push_back({.parent = column(node, "parent"),
                            .child = column(node, "child"),
                            .max_orphans = count(node, "max_orphans"),
                            .owner = text(node, "owner"),
                            .expires = day(node, "expires")});
    }
    return references;
  });
}

Outcome<std::vector<ToleratedError>> read_tolerated_errors(const std::string& file) {
  return load(file, [](const YAML::Node& root) {
    std::vector<ToleratedError> tolerated;
    for (const auto& node : list(root, "errors")) {
      only(node, {"pattern", "reason", "owner", "expires"});
      ToleratedError error{.pattern = text(node, "pattern"),
                           .expression = {},
                           .reason = text(node, "reason"),
                           .owner = text(node, "owner"),
                           .expires = day(node, "expires")};
      try {
        error.expression = std::regex(error.pattern, std::regex::ECMAScript);
      } catch (const std::regex_error& problem) {
        refuse(node["pattern"], fmt::format("'pattern' is no regular expression: {}", problem.what()));
      }
      tolerated.push_back(std::move(error));
    }
    return tolerated;
  });
}

Outcome<ProbeSettings> read_probe_settings(const std::string& file) {
  return load(file, [](const YAML::Node& root) {
    only(root, {"required_schemas", "application_query"});
    ProbeSettings settings;
    const auto schemas = needed(root, "required_schemas");
    if (!schemas.IsSequence()) refuse(schemas, "'required_schemas' must be a list");
    for (const auto& schema : schemas) {
      if (!schema.IsScalar()) refuse(schema, "a schema must be a text");
      settings.required_schemas.push_back(schema.Scalar());
    }
    if (const auto query = root["application_query"]) {
      only(query, {"sql", "minimum"});
      settings.application_query = {.sql = text(query, "sql"), .minimum = count(query, "minimum")};
    }
    return settings;
  });
}

}  // namespace busflow::backup
