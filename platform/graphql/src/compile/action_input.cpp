#include <algorithm>

#include <fmt/format.h>

#include "compile/action_call.hpp"
#include "compile/json_literal.hpp"

namespace busflow::graphql::compile {
namespace {

using language::TypeDefinition;

/// Coerces values to the types of an action's signature (section 3 of the specification, "input coercion").
class InputReader {
 public:
  InputReader(const schema::ActionCatalog& actions, const VariableResolver& variables)
      : actions_(actions), variables_(variables) {}

  Result<json::Value> value(const Input& input, const TypeReference& type, const Path& path) const {
    if (input.is_null()) {
      if (type.is_non_null()) return path.fail(fmt::format("unexpected null value for type '{}'", type.name()));
      return json::Value();
    }
    if (type.is_list()) return list(input, type.item(), path);
    const auto custom = actions_.types.find(type.name());
    if (custom == actions_.types.end()) return scalar(input, type.name(), path);
    switch (custom->second.kind) {
      case TypeDefinition::Kind::kInputObject: return object(input, custom->second, path);
      case TypeDefinition::Kind::kEnum: return enumeration(input, custom->second, path);
      default: return any_json(input);
    }
  }

  /// Nothing: leave it out. `given` may be null.
  Result<std::optional<json::Value>> member(const Input* given, const language::InputDefinition& definition,
                                            const Path& path) const {
    std::optional<Input> input;
    if (given != nullptr) {
      BUSFLOW_TRY(input, variables_.resolve(*given, definition.type, definition.default_value.has_value(), path, true));
    }
    if (!input && definition.default_value) input = Input::literal(*definition.default_value);
    if (!input) {
      if (definition.type.is_non_null()) return path.fail(fmt::format("missing required field '{}'", definition.name));
      return std::nullopt;
    }
    BUSFLOW_TRY(json::Value result, value(*input, definition.type, path));
    return result;
  }

 private:
  Result<json::Value> list(const Input& input, const TypeReference& item_type, const Path& path) const {
    json::Array array;
    const bool is_list = input.kind() == Input::Kind::kList;
    for (std::size_t i = 0; i < (is_list ? input.item_count() : 1); ++i) {
      const Path item_path(path, i);
      BUSFLOW_TRY(const auto item,
                  variables_.resolve(is_list ? input.item(i) : input, item_type, false, item_path, true));
      if (!item && item_type.is_non_null())
        return item_path.fail(fmt::format("unexpected null value for type '{}'", item_type.name()));
      if (!item) {
        array.emplace_back(nullptr);
        continue;
      }
      BUSFLOW_TRY(json::Value converted, value(*item, item_type, item_path));
      array.push_back(std::move(converted));
    }
    return array;
  }

  Result<json::Value> object(const Input& input, const TypeDefinition& type, const Path& path) const {
    if (input.kind() != Input::Kind::kObject) return mismatch(input, "an object", type.name, path.to_string());
    for (std::size_t i = 0; i < input.field_count(); ++i) {
      const std::string_view key = input.field_name(i);
      if (std::ranges::find(type.input_fields, key, &language::InputDefinition::name) != type.input_fields.end())
        continue;
      return Path(path, key).fail(fmt::format("field '{}' not found in type: '{}'", key, type.name));
    }
    json::Object object;
    for (const auto& definition : type.input_fields) {
      const Path field_path(path, definition.name);
      const auto given = input.find(definition.name);
      BUSFLOW_TRY(auto converted, member(given ? &*given : nullptr, definition, field_path));
      if (converted) object[definition.name] = std::move(*converted);
    }
    return object;
  }

  static Result<json::Value> enumeration(const Input& input, const TypeDefinition& type, const Path& path) {
    const bool is_name =
        input.kind() == Input::Kind::kEnum || (input.is_json() && input.kind() == Input::Kind::kString);
    if (!is_name) return mismatch(input, "an enum value", type.name, path.to_string());
    if (std::ranges::find(type.enum_values, input.text(), &language::EnumValueDefinition::name) !=
        type.enum_values.end())
      return input.to_json();
    std::vector<std::string_view> names;
    for (const auto& value : type.enum_values) names.emplace_back(value.name);
    return path.fail(fmt::format("expected one of the values ['{}'] for type '{}', but found '{}'",
                                 fmt::join(names, "', '"), type.name, input.text()));
  }

  Result<json::Value> scalar(const Input& input, const std::string& type, const Path& path) const {
    schema::ValueRule rule;
    rule.type_name = type;
    rule.path = path.to_string();
    if (type == "Int") {
      rule.kind = schema::ScalarKind::kInteger;
    } else if (type == "Float") {
      rule.kind = schema::ScalarKind::kFloat;
    } else if (type == "Boolean") {
      rule.kind = schema::ScalarKind::kBoolean;
    } else if (type == "String" || (type == "ID" && input.kind() != Input::Kind::kInteger)) {
      rule.kind = schema::ScalarKind::kText;
    } else {
      if (input.kind() == Input::Kind::kEnum) return mismatch(input, "a value", type, rule.path);
      return any_json(input);
    }
    BUSFLOW_TRY(const auto text, coerce(input, rule));
    if (text && rule.kind == schema::ScalarKind::kInteger) return json::Value(std::stoi(*text));
    return input.to_json();
  }

  json::Value any_json(const Input& input) const {
    const language::Value* literal = input.as_literal();
    if (literal == nullptr) return input.to_json();
    return fill_literal(*literal, [this](const std::string& name) { return variables_.json_value(name); });
  }

  const schema::ActionCatalog& actions_;
  const VariableResolver& variables_;
};

}  // namespace

Result<json::Object> action_input(const schema::ActionCatalog& actions, const ActionCall& call,
                                  const VariableResolver& variables) {
  const InputReader reader(actions, variables);
  const Path root;
  const Path selections(root, "selectionSet");
  const Path field_path(selections, call.action->name);
  const Path args(field_path, "args");
  json::Object object;
  for (const auto& definition : call.action->field.arguments) {
    const Path path(args, definition.name);
    const auto found = std::ranges::find(call.arguments, definition.name, &language::Argument::name);
    const Input given = found == call.arguments.end() ? Input() : Input::literal(found->value);
    BUSFLOW_TRY(auto value, reader.member(found == call.arguments.end() ? nullptr : &given, definition, path));
    if (value) object[definition.name] = std::move(*value);
  }
  return object;
}

}  // namespace busflow::graphql::compile
