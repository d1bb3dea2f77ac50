#include "compile/variables.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace busflow::graphql::compile {
namespace {

using language::Selection;
using language::Value;

/// Collects the variables that an operation uses, and which of them stand in arguments of introspection fields.
class UseCollector {
 public:
  explicit UseCollector(const language::Document& document) : document_(document) {}

  void visit(const std::vector<Selection>& selections) {
    for (const Selection& selection : selections) {
      visit(selection.directives);
      for (const auto& argument : selection.arguments) visit(argument.value, selection.name.starts_with("__"));
      visit(selection.selections);
      if (selection.kind != Selection::Kind::kFragmentSpread || !visited_.insert(selection.name).second) continue;
      if (const auto* fragment = document_.find_fragment(selection.name)) visit(fragment->selections);
    }
  }

  void visit(const std::vector<language::Directive>& directives) {
    for (const auto& directive : directives) {
      for (const auto& argument : directive.arguments) visit(argument.value, false);
    }
  }

  const std::set<std::string, std::less<>>& used() const { return used_; }
  const std::set<std::string, std::less<>>& in_introspection() const { return in_introspection_; }

 private:
  void visit(const Value& value, bool is_introspection) {
    if (value.kind == Value::Kind::kVariable) {
      used_.insert(value.text);
      if (is_introspection) in_introspection_.insert(value.text);
    }
    for (const Value& item : value.items) visit(item, is_introspection);
    for (const auto& [name, field] : value.fields) visit(field, is_introspection);
  }

  const language::Document& document_;
  std::set<std::string, std::less<>> visited_;
  std::set<std::string, std::less<>> used_;
  std::set<std::string, std::less<>> in_introspection_;
};

bool shapes_statement(const TypeReference& type, const schema::RoleSchema& schema,
                      const schema::ActionCatalog& actions) {
  // An ID says whose row is asked for.
  if (type.name() == "Boolean" || (type.name() == "ID" && schema.is_relay)) return true;
  const schema::Type* known = schema.find(type.name());
  if (known == nullptr || actions.types.contains(type.name())) return false;
  return known->kind == schema::Type::Kind::kInputObject || known->kind == schema::Type::Kind::kEnum;
}

/// Section 5.8.5, AreTypesCompatible.
bool compatible(const TypeReference& variable, const TypeReference& place) {
  if (place.is_non_null()) return variable.is_non_null() && compatible(variable.nullable(), place.nullable());
  if (variable.is_non_null()) return compatible(variable.nullable(), place);
  if (place.is_list() || variable.is_list())
    return place.is_list() && variable.is_list() && compatible(variable.item(), place.item());
  return variable.name() == place.name();
}

void append_shape(std::string& out, const json::Value& value, const TypeReference& type,
                  const schema::RoleSchema& schema) {
  if (value.is_null()) {
    out += 'n';
    return;
  }
  const schema::Type* named = schema.find(type.name());
  const bool is_object = named != nullptr && named->kind == schema::Type::Kind::kInputObject;
  const bool is_literal = named == nullptr || named->kind == schema::Type::Kind::kEnum || type.name() == "Boolean" ||
                          type.name() == "String" || type.name() == "ID";
  if (!is_object && !is_literal) {
    out += '?';
  } else if (const auto* array = value.if_array(); array != nullptr && type.is_list()) {
    out += '[';
    for (const auto& item : *array) {
      append_shape(out, item, type.item(), schema);
      out += ',';
    }
    out += ']';
  } else if (type.is_list()) {
    out += '1';
    append_shape(out, value, type.item(), schema);
  } else if (const auto* object = value.if_object(); object != nullptr && is_object) {
    out += '{';
    for (const auto& [key, field] : *object) {
      out.append(key.data(), key.size()).append(":");
      const auto& fields = named->input_fields;
      const auto found = std::ranges::find_if(fields, [&](const schema::InputValue& candidate) {
        return candidate.name == std::string_view(key.data(), key.size());
      });
      // The text of a String inside a comparison is bound; only one that stands alone (introspection) decides the plan.
      if (found != fields.end() && found->type.name() == "String") {
        out += field.is_null() ? 'n' : '?';
      } else if (found != fields.end()) {
        append_shape(out, field, found->type, schema);
      }
      out += ';';
    }
    out += '}';
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

Result<std::vector<VariableInfo>> describe_variables(const language::Document& document,
                                                     const language::Operation& operation,
                                                     const schema::RoleSchema& schema,
                                                     const schema::ActionCatalog& actions) {
  UseCollector uses(document);
  uses.visit(operation.directives);
  uses.visit(operation.selections);
  std::vector<VariableInfo> infos;
  for (const auto& definition : operation.variables) {
    if (std::ranges::find(infos, definition.name, &VariableInfo::name) != infos.end()) {
      return fail(ErrorName::kParseFailed, fmt::format("multiple definitions for variable '{}'", definition.name), "$");
    }
    VariableInfo info;
    info.name = definition.name;
    info.type = definition.type;
    info.has_default = definition.default_value.has_value();
    info.is_used = uses.used().contains(definition.name);
    info.is_structural =
        shapes_statement(definition.type, schema, actions) || uses.in_introspection().contains(definition.name);
    // Pages whose size or cursor is null are none.
    const bool matters = schema.is_relay || (operation.kind == OperationKind::kMutation && !definition.default_value);
    info.counts_when_absent = !info.is_structural && matters && !definition.type.is_non_null();
    infos.push_back(std::move(info));
  }
  for (const auto& name : uses.used()) {
    if (std::ranges::find(infos, name, &VariableInfo::name) == infos.end()) {
      return fail(ErrorName::kValidationFailed, fmt::format("unbound variable '{}'", name), "$");
    }
  }
  return infos;
}

Result<void> check_variables(std::span<const VariableInfo> variables, const json::Object& values) {
  std::size_t given = 0;
  for (const VariableInfo& variable : variables) {
    const json::Value* value = values.if_contains(variable.name);
    if (value != nullptr && variable.is_used) ++given;
    if (!variable.type.is_non_null()) continue;
    if (value == nullptr && !variable.has_default) {
      return fail(ErrorName::kValidationFailed,
                  fmt::format("expecting a value for non-nullable variable: '{}'", variable.name), "$");
    }
    if (value != nullptr && value->is_null()) {
      return fail(ErrorName::kValidationFailed,
                  fmt::format("null value found for non-nullable type: \"{}\"", variable.type.to_string()), "$");
    }
  }
  if (given == values.size()) return {};
  std::string unexpected;
  for (const auto& [key, value] : values) {
    const std::string_view name(key.data(), key.size());
    const auto known = std::ranges::find(variables, name, &VariableInfo::name);
    if (known == variables.end() || !known->is_used) unexpected += (unexpected.empty() ? "" : ", ") + std::string(name);
  }
  return fail(ErrorName::kValidationFailed, "unexpected variables in variableValues: " + unexpected, "$");
}

std::optional<json::Value> value_of_variable(const std::string& name, const json::Object& values,
                                             const std::vector<language::VariableDefinition>& definitions) {
  if (const json::Value* value = values.if_contains(name)) return *value;
  const auto found = std::ranges::find(definitions, name, &language::VariableDefinition::name);
  if (found == definitions.end()) return std::nullopt;
  const auto& by_default = found->default_value;
  if (!by_default) return std::nullopt;
  return Input::literal(*by_default).to_json();
}

std::string shape_of(std::span<const VariableInfo> variables, const json::Object& values,
                     const schema::RoleSchema& schema) {
  std::string shape;
  for (const VariableInfo& variable : variables) {
    if (!variable.decides_statement()) continue;
    shape += '\n';
    const json::Value* value = values.if_contains(variable.name);
    if (value == nullptr) continue;
    if (variable.is_structural) {
      append_shape(shape, *value, variable.type, schema);
    } else {
      shape += value->is_null() ? 'n' : '?';
    }
  }
  return shape;
}

const language::VariableDefinition* VariableResolver::definition(std::string_view name) const {
  const auto found = std::ranges::find(operation_.variables, name, &language::VariableDefinition::name);
  return found == operation_.variables.end() ? nullptr : &*found;
}

std::optional<json::Value> VariableResolver::json_value(const std::string& name) const {
  return value_of_variable(name, values_, operation_.variables);
}

Result<std::optional<Input>> VariableResolver::resolve(const Input& input, const TypeReference& place,
                                                       bool place_has_default, const Path& path,
                                                       bool want_value) const {
  if (input.kind() != Input::Kind::kVariable) return input;
  const std::string name = input.text();
  const auto* variable = definition(name);
  const auto info = std::ranges::find(infos_, name, &VariableInfo::name);
  if (variable == nullptr || info == infos_.end()) return path.fail(fmt::format("unbound variable '{}'", name));
  const bool has_useful_default = variable->default_value && variable->default_value->kind != Value::Kind::kNull;
  const TypeReference usable_place =
      place.is_non_null() && !variable->type.is_non_null() && (has_useful_default || place_has_default)
          ? place.nullable()
          : place;
  if (!compatible(variable->type, usable_place)) {
    return path.fail(fmt::format("variable '{}' is declared as '{}', but used where '{}' is expected", name,
                                 variable->type.to_string(), place.to_string()));
  }
  if (info->counts_when_absent && !values_.contains(name) && !variable->default_value) return std::nullopt;
  if (!info->is_structural && !want_value) return input;
  if (const json::Value* value = values_.if_contains(name)) return Input::json(*value, name);
  if (variable->default_value) return Input::literal(*variable->default_value);
  return std::nullopt;
}

}  // namespace busflow::graphql::compile
