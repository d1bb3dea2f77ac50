#include "compile/json_literal.hpp"

#include "compile/input.hpp"

namespace busflow::graphql::compile {

using Kind = language::Value::Kind;

json::Value fill_literal(const language::Value& literal, const VariableValue& value_of) {
  if (literal.kind == Kind::kVariable) return value_of(literal.text).value_or(nullptr);
  if (literal.kind == Kind::kList) {
    json::Array items;
    for (const auto& item : literal.items) items.push_back(fill_literal(item, value_of));
    return items;
  }
  if (literal.kind != Kind::kObject) return Input::literal(literal).to_json();
  json::Object object;
  for (const auto& [name, field] : literal.fields) {
    if (field.kind != Kind::kVariable) {
      object[name] = fill_literal(field, value_of);
    } else if (auto value = value_of(field.text)) {
      object[name] = std::move(*value);
    }
  }
  return object;
}

}  // namespace busflow::graphql::compile
