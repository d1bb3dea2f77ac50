#include "compile/input.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace busflow::graphql::compile {

using LiteralKind = language::Value::Kind;

Input Input::literal(const language::Value& value) {
  Input input;
  input.literal_ = &value;
  return input;
}

Input Input::json(const json::Value& value, std::string variable, std::vector<schema::PathStep> inside) {
  Input input;
  input.json_ = &value;
  input.variable_ = std::move(variable);
  input.inside_ = std::move(inside);
  return input;
}

Input::Kind Input::kind() const {
  if (json_ != nullptr) {
    switch (json_->kind()) {
      case boost::json::kind::null: return Kind::kNull;
      case boost::json::kind::bool_: return Kind::kBoolean;
      case boost::json::kind::int64:
      case boost::json::kind::uint64: return Kind::kInteger;
      case boost::json::kind::double_: return Kind::kFloat;
      case boost::json::kind::string: return Kind::kString;
      case boost::json::kind::array: return Kind::kList;
      case boost::json::kind::object: return Kind::kObject;
    }
  }
  switch (literal_->kind) {
    case LiteralKind::kNull: return Kind::kNull;
    case LiteralKind::kVariable: return Kind::kVariable;
    case LiteralKind::kInteger: return Kind::kInteger;
    case LiteralKind::kFloat: return Kind::kFloat;
    case LiteralKind::kString: return Kind::kString;
    case LiteralKind::kBoolean: return Kind::kBoolean;
    case LiteralKind::kEnum: return Kind::kEnum;
    case LiteralKind::kList: return Kind::kList;
    case LiteralKind::kObject: return Kind::kObject;
  }
  return Kind::kNull;
}

bool Input::boolean() const { return json_ != nullptr ? json_->is_bool() && json_->get_bool() : literal_->boolean; }

std::string Input::text() const {
  if (json_ == nullptr) return literal_->text;
  if (json_->is_string()) return std::string(json_->get_string());
  return json::serialize(*json_);
}

std::string_view Input::describe() const {
  switch (kind()) {
    case Kind::kNull: return "null";
    case Kind::kBoolean: return "a boolean";
    case Kind::kInteger: return is_json() ? "a number" : "an integer";
    case Kind::kFloat: return is_json() ? "a number" : "a float";
    case Kind::kString: return "a string";
    case Kind::kEnum: return "an enum value";
    case Kind::kList: return "a list";
    case Kind::kObject: return "an object";
    case Kind::kVariable: return "a variable";
  }
  return "nothing";
}

std::size_t Input::item_count() const { return json_ != nullptr ? json_->get_array().size() : literal_->items.size(); }

Input Input::item(std::size_t index) const {
  if (json_ == nullptr) return literal(literal_->items[index]);
  auto inside = inside_;
  inside.emplace_back(index);
  return json(json_->get_array()[index], variable_, std::move(inside));
}

std::size_t Input::field_count() const {
  return json_ != nullptr ? json_->get_object().size() : literal_->fields.size();
}

std::string_view Input::field_name(std::size_t index) const {
  if (json_ == nullptr) return literal_->fields[index].name;
  const auto key = (json_->get_object().begin() + static_cast<std::ptrdiff_t>(index))->key();
  return {key.data(), key.size()};
}

Input Input::field(std::size_t index) const {
  if (json_ == nullptr) return literal(literal_->fields[index].value);
  const auto& entry = *(json_->get_object().begin() + static_cast<std::ptrdiff_t>(index));
  auto inside = inside_;
  inside.emplace_back(std::string(entry.key()));
  return json(entry.value(), variable_, std::move(inside));
}

std::optional<Input> Input::find(std::string_view name) const {
  for (std::size_t i = 0; i < field_count(); ++i) {
    if (field_name(i) == name) return field(i);
  }
  return std::nullopt;
}

bool Input::mentions_variable() const {
  switch (kind()) {
    case Kind::kVariable: return true;
    case Kind::kList:
      for (std::size_t i = 0; !is_json() && i < item_count(); ++i) {
        if (item(i).mentions_variable()) return true;
      }
      return false;
    case Kind::kObject:
      for (std::size_t i = 0; !is_json() && i < field_count(); ++i) {
        if (field(i).mentions_variable()) return true;
      }
      return false;
    default: return false;
  }
}

json::Value Input::to_json() const {
  if (json_ != nullptr) return *json_;
  switch (kind()) {
    case Kind::kBoolean: return json::Value(boolean());
    case Kind::kString:
    case Kind::kEnum: return json::Value(boost::json::string_view(literal_->text.data(), literal_->text.size()));
    case Kind::kInteger:
    case Kind::kFloat:
      // The grammars of numbers agree.
      if (auto number = json::parse(literal_->text)) return *number;
      return json::Value(boost::json::string_view(literal_->text.data(), literal_->text.size()));
    case Kind::kList: {
      json::Array array;
      for (std::size_t i = 0; i < item_count(); ++i) array.push_back(item(i).to_json());
      return array;
    }
    case Kind::kObject: {
      json::Object object;
      for (std::size_t i = 0; i < field_count(); ++i) {
        const auto name = field_name(i);
        object[boost::json::string_view(name.data(), name.size())] = field(i).to_json();
      }
      return object;
    }
    default: return nullptr;
  }
}

}  // namespace busflow::graphql::compile
