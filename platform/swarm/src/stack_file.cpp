#include <platform/swarm/stack_file.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "environment_files.hpp"
#include "interpolation.hpp"

namespace busflow::swarm {
namespace {

constexpr int kDeepest = 32;

/// Thrown inside this file only: yaml-cpp throws as well, and both end as one Error in parse_stack().
struct Wrong {
  int line;
  std::string what;
};

std::string escaped(std::string_view key) {  // RFC 6901
  std::string text;
  for (const char letter : key) {
    if (letter == '~')
      text += "~0";
    else if (letter == '/')
      text += "~1";
    else
      text += letter;
  }
  return text;
}

class Reader {
 public:
  Reader(const std::string& file, const Variables& variables, StackFile& stack)
      : file_(file), variables_(variables), stack_(stack) {}

  /// Pointers to values that stand in place of what an earlier file says, and to those that only take it away: the tags
  /// !override and !reset of the Compose specification.
  struct Replacements {
    std::set<std::string> overridden;
    std::set<std::string> reset;
  };

  const Replacements& replacements() const { return replacements_; }

  json::Value read(const YAML::Node& node, const std::string& pointer, int depth) {
    if (node.Tag() == "!override") replacements_.overridden.insert(pointer);
    if (node.Tag() == "!reset") replacements_.reset.insert(pointer);
    if (depth > kDeepest) throw Wrong{node.Mark().line, fmt::format("nested deeper than {} levels", kDeepest)};
    switch (node.Type()) {
      case YAML::NodeType::Map: return map(node, pointer, depth);
      case YAML::NodeType::Sequence: {
        json::Array list;
        for (const auto& entry : node) {
          const std::string at = fmt::format("{}/{}", pointer, list.size());
          note(at, entry);
          list.push_back(read(entry, at, depth + 1));
        }
        return list;
      }
      case YAML::NodeType::Scalar: return scalar(node);
      default: return nullptr;
    }
  }

 private:
  void note(const std::string& pointer, const YAML::Node& node) {
    stack_.places[pointer] = {.file = file_, .line = node.Mark().line + 1};
  }

  json::Value map(const YAML::Node& node, const std::string& pointer, int depth) {
    json::Object object;
    for (const auto& entry : node) {  // What is merged in by "<<" first: the map's own keys hold against it.
      if (entry.first.Scalar() != "<<") continue;
      const auto& merged = entry.second;
      if (merged.IsMap())
        merge_in(object, merged, pointer, depth);
      else
        for (const auto& one : merged) merge_in(object, one, pointer, depth);
    }
    std::map<std::string, int> own;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) throw Wrong{entry.first.Mark().line, "a key must be a text"};
      const std::string& key = entry.first.Scalar();
      if (key == "<<") continue;
      if (const auto [before, is_new] = own.emplace(key, entry.first.Mark().line); !is_new)
        throw Wrong{entry.first.Mark().line,
                    fmt::format("'{}' is here for the second time; the first is line {}", key, before->second + 1)};
      const std::string at = pointer + "/" + escaped(key);
      note(at, entry.first);
      object[key] = read(entry.second, at, depth + 1);
    }
    return object;
  }

  void merge_in(json::Object& object, const YAML::Node& merged, const std::string& pointer, int depth) {
    if (!merged.IsMap()) throw Wrong{merged.Mark().line, "'<<' takes a map or a list of maps"};
    auto value = map(merged, pointer, depth + 1);
    for (auto& [key, part] : value.as_object()) object[key] = part;
  }

  json::Value scalar(const YAML::Node& node) {
    const std::string& raw = node.Scalar();
    auto text = interpolate(raw, variables_);
    if (!text) throw Wrong{node.Mark().line, text.error()};
    if (node.Tag() == "!" || *text != raw) return json::Value(*text);  // Quoted, or from a variable: a text.
    if (raw.empty() || raw == "~" || raw == "null") return nullptr;
    if (bool flag = false; (raw == "true" || raw == "false") && YAML::convert<bool>::decode(node, flag)) return flag;
    const bool is_decimal =
        raw.find_first_not_of("0123456789") == std::string::npos && (raw.size() == 1 || raw[0] != '0');
    if (std::int64_t number = 0; is_decimal && YAML::convert<std::int64_t>::decode(node, number)) return number;
    return json::Value(raw);
  }

  const std::string& file_;
  const Variables& variables_;
  StackFile& stack_;
  Replacements replacements_;
};

void merge(json::Value& below, json::Value above, const std::string& pointer, const Reader::Replacements& replaced) {
  if (below.is_object() && above.is_object() && !replaced.overridden.contains(pointer)) {
    for (auto& [key, value] : above.as_object()) {
      const std::string at = pointer + "/" + escaped(key);
      auto* present = below.as_object().if_contains(key);
      if (replaced.reset.contains(at))
        below.as_object().erase(key);
      else if (present == nullptr)
        below.as_object()[key] = std::move(value);
      else
        merge(*present, std::move(value), at, replaced);
    }
  } else if (!replaced.overridden.contains(pointer) && below.is_array() && above.is_array()) {
    for (auto& value : above.as_array()) below.as_array().push_back(std::move(value));
  } else {
    below = std::move(above);
  }
}

/// Labels may be a list of "name=value", whose names may have variables in them; all that reads them expects a map.
void spell_out_labels(json::Object& document) {
  auto* services = document.if_contains("services");
  if (services == nullptr || !services->is_object()) return;
  for (auto& service : services->get_object()) {
    auto* fields = service.value().if_object();
    auto* deploy = fields == nullptr ? nullptr : fields->if_contains("deploy");
    auto* labels = deploy == nullptr || !deploy->is_object() ? nullptr : deploy->get_object().if_contains("labels");
    if (labels == nullptr || !labels->is_array()) continue;
    json::Object spelled;
    for (const auto& label : labels->get_array()) {
      const std::string text = label.is_string() ? std::string(label.get_string()) : json::serialize(label);
      const auto equals = std::min(text.find('='), text.size());
      spelled[text.substr(0, equals)] = text.substr(std::min(equals + 1, text.size()));
    }
    *labels = std::move(spelled);
  }
}

Result<void> add(StackFile& stack, const std::string& name, const std::string& text, const Variables& variables) {
  try {
    Reader reader(name, variables, stack);
    json::Value value = reader.read(YAML::Load(text), "", 0);
    if (!value.is_object()) return fail(ErrorName::kInvalidSetting, fmt::format("{}:1: is no stack file", name));
    BUSFLOW_CHECK(inline_environment_files(value.as_object(), std::filesystem::path(name).parent_path()));
    spell_out_labels(value.as_object());
    json::Value all = std::move(stack.document);
    merge(all, std::move(value), "", reader.replacements());
    stack.document = std::move(all.as_object());
    return {};
  } catch (const Wrong& wrong) {
    return fail(ErrorName::kInvalidSetting, fmt::format("{}:{}: {}", name, wrong.line + 1, wrong.what));
  } catch (const YAML::Exception& problem) {
    return fail(ErrorName::kInvalidSetting, fmt::format("{}:{}: {}", name, problem.mark.line + 1, problem.msg));
  }
}

/// Doubles each $, which the reader of stack files would take for a variable.
json::Value without_variables(const json::Value& value) {
  if (value.is_string()) {
    std::string text;
    for (const char letter : value.get_string()) text.append(letter == '$' ? 2 : 1, letter);
    return json::Value(text);
  }
  if (value.is_array()) {
    json::Array list;
    for (const auto& entry : value.get_array()) list.push_back(without_variables(entry));
    return list;
  }
  if (value.is_object()) {
    json::Object object;
    for (const auto& [key, part] : value.get_object()) object[key] = without_variables(part);
    return object;
  }
  return value;
}

}  // namespace

std::string Place::describe() const { return fmt::format("{}:{}", file, line); }

Place StackFile::place(std::string_view pointer) const {
  for (;;) {
    if (const auto found = places.find(pointer); found != places.end()) return found->second;
    const auto slash = pointer.rfind('/');
    if (slash == std::string_view::npos || pointer.empty()) return {};
    pointer = pointer.substr(0, slash);
  }
}

const json::Object& StackFile::services() const {
  static const json::Object kNone;
  const auto* services = document.if_contains("services");
  return services != nullptr && services->is_object() ? services->get_object() : kNone;
}

Result<StackFile> read_stack(const std::vector<std::string>& files, const Variables& variables) {
  StackFile stack;
  for (const auto& file : files) {
    std::ifstream input(file, std::ios::binary);
    std::ostringstream text;
    if (!input || !(text << input.rdbuf()))
      return fail(ErrorName::kInvalidSetting, fmt::format("{} cannot be read", file));
    BUSFLOW_CHECK(add(stack, file, text.str(), variables));
  }
  return stack;
}

Result<StackFile> parse_stack(const std::string& name, const std::string& text, const Variables& variables) {
  StackFile stack;
  BUSFLOW_CHECK(add(stack, name, text, variables));
  return stack;
}

Result<std::map<std::string, std::string>> parse_values(const std::string& name, const std::string& text) {
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) return fail(ErrorName::kInvalidSetting, fmt::format("{} is no map of names to values", name));
    std::map<std::string, std::string> values;
    for (const auto& entry : root) {
      if (!entry.first.IsScalar() || !entry.second.IsScalar())
        return fail(ErrorName::kInvalidSetting,
                    fmt::format("{}:{}: is no name with a single value", name, entry.first.Mark().line + 1));
      values[entry.first.Scalar()] = entry.second.Scalar();
    }
    return values;
  } catch (const YAML::Exception& problem) {
    return fail(ErrorName::kInvalidSetting, fmt::format("{}:{}: cannot be read", name, problem.mark.line + 1));
  }
}

std::string to_compose(const json::Object& document) {
  json::Object stack;
  for (const auto& [key, value] : document) {
    if (!key.starts_with("x-")) stack[key] = without_variables(value);
  }
  return json::serialize(stack);
}

}  // namespace busflow::swarm
