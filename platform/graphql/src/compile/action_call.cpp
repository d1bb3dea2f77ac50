#include "compile/action_call.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace busflow::graphql::compile {
namespace {

using language::TypeDefinition;

Result<std::vector<OutputField>> output_fields(const schema::RoleSchema& schema, SelectionCollector& collector,
                                               const schema::Type& type, const SelectionLists& children,
                                               const Path& path, std::size_t depth) {
  BUSFLOW_TRY(const auto fields, collector.collect(type, children, path, depth));
  const Path selections(path, "selectionSet");
  std::vector<OutputField> result;
  for (const CollectedField& field : fields) {
    OutputField output;
    output.response_name = field.response_name;
    if (field.definition == nullptr) {
      output.type = TypeReference(type.name);
    } else {
      const Path field_path(selections, field.selection->name);
      output.name = field.selection->name;
      output.type = field.definition->type;
      const schema::Type* inner = schema.find(output.type.name());
      output.is_object = inner != nullptr && !inner->is_leaf();
      if (output.is_object) {
        BUSFLOW_TRY(output.children, output_fields(schema, collector, *inner, field.children, field_path, depth + 1));
      }
    }
    result.push_back(std::move(output));
  }
  return result;
}

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
      default: return input.mentions_variable() ? with_variables(input, path) : input.to_json();
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
    } else if (input.mentions_variable()) {
      return with_variables(input, path);
    } else {
      if (input.kind() == Input::Kind::kEnum) return mismatch(input, "a value", type, rule.path);
      return input.to_json();
    }
    BUSFLOW_TRY(const auto text, coerce(input, rule));
    if (text && rule.kind == schema::ScalarKind::kInteger) return json::Value(std::stoi(*text));
    return input.to_json();
  }

  /// Lists and objects of scalars that are any JSON.
  Result<json::Value> with_variables(const Input& input, const Path& path) const {
    return path.fail(
        fmt::format("variables inside of {} are not supported; put the whole value into a variable", input.describe()),
        ErrorName::kNotSupported);
  }

  const schema::ActionCatalog& actions_;
  const VariableResolver& variables_;
};

std::unexpected<Error> wrong_answer(const std::string& where, std::string_view what) {
  return fail(ErrorName::kInternal, fmt::format("the action's answer does not fit its type: {} at '{}'", what, where));
}

Result<void> append_value(std::string& out, const json::Value& value, const OutputField& field,
                          const TypeReference& type);

Result<void> append_object(std::string& out, const json::Value& value, const OutputField& field) {
  const auto* object = value.if_object();
  if (object == nullptr) return wrong_answer(field.name, "expected an object");
  out += '{';
  bool is_first = true;
  for (const OutputField& child : field.children) {
    if (!is_first) out += ',';
    is_first = false;
    out.append("\"").append(child.response_name).append("\":");
    if (child.name.empty()) {
      out += json::quote(child.type.name());
      continue;
    }
    const json::Value* member = object->if_contains(child.name);
    if (member == nullptr && child.type.is_non_null()) return wrong_answer(child.name, "the field is missing");
    BUSFLOW_CHECK(append_value(out, member == nullptr ? json::Value() : *member, child, child.type));
  }
  out += '}';
  return {};
}

Result<void> append_value(std::string& out, const json::Value& value, const OutputField& field,
                          const TypeReference& type) {
  if (value.is_null()) {
    if (type.is_non_null()) return wrong_answer(field.name, "null is not allowed");
    out += "null";
    return {};
  }
  if (type.is_list()) {
    const auto* array = value.if_array();
    if (array == nullptr) return wrong_answer(field.name, "expected a list");
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      BUSFLOW_CHECK(append_value(out, (*array)[i], field, type.item()));
    }
    out += ']';
    return {};
  }
  if (field.is_object) return append_object(out, value, field);
  out += json::serialize(value);
  return {};
}

}  // namespace

Result<ActionCall> compile_action(const schema::RoleSchema& schema, SelectionCollector& collector,
                                  const CollectedField& field, const Path& path, std::size_t depth) {
  ActionCall call;
  call.action = field.definition->action;
  call.arguments = field.selection->arguments;
  call.output.response_name = field.response_name;
  call.output.name = field.selection->name;
  call.output.type = field.definition->type;
  const schema::Type* type = schema.find(call.output.type.name());
  call.output.is_object = type != nullptr && !type->is_leaf();
  if (call.output.is_object) {
    BUSFLOW_TRY(call.output.children, output_fields(schema, collector, *type, field.children, path, depth));
  }
  return call;
}

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

Result<std::string> project_output(const json::Value& value, const OutputField& output) {
  std::string out;
  BUSFLOW_CHECK(append_value(out, value, output, output.type));
  return out;
}

}  // namespace busflow::graphql::compile
