#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <platform/graphql/plan.hpp>

#include "language/type_reference.hpp"

/// GraphQL, October 2021: executable documents and the part of the schema definition language that actions use.
namespace busflow::graphql::language {

struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

struct ObjectField;

struct Value {
  enum class Kind : std::uint8_t { kNull, kVariable, kInteger, kFloat, kString, kBoolean, kEnum, kList, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text;  ///< Digits, decoded string, or name.
  std::vector<Value> items;
  std::vector<ObjectField> fields;

  friend bool operator==(const Value&, const Value&);
};

struct ObjectField {
  std::string name;
  Value value;

  friend bool operator==(const ObjectField&, const ObjectField&) = default;
};

inline bool operator==(const Value& a, const Value& b) {
  return a.kind == b.kind && a.boolean == b.boolean && a.text == b.text && a.items == b.items && a.fields == b.fields;
}

struct Argument {
  std::string name;
  Value value;

  friend bool operator==(const Argument&, const Argument&) = default;
};

struct Directive {
  std::string name;
  std::vector<Argument> arguments;
};

struct Selection {
  enum class Kind : std::uint8_t { kField, kFragmentSpread, kInlineFragment };

  Kind kind = Kind::kField;
  std::string name;            ///< Of the field or the fragment.
  std::string alias;           ///< Empty when there is none.
  std::string type_condition;  ///< Of an inline fragment; empty when there is none.
  std::vector<Argument> arguments;
  std::vector<Directive> directives;
  std::vector<Selection> selections;

  const std::string& response_name() const { return alias.empty() ? name : alias; }
};

struct VariableDefinition {
  std::string name;
  TypeReference type;
  std::optional<Value> default_value;
};

struct Operation {
  OperationKind kind = OperationKind::kQuery;
  std::string name;
  std::vector<VariableDefinition> variables;
  std::vector<Directive> directives;
  std::vector<Selection> selections;
};

struct Fragment {
  std::string name;
  std::string type_condition;
  std::vector<Selection> selections;
};

struct Document {
  std::vector<Operation> operations;
  std::vector<Fragment> fragments;

  const Fragment* find_fragment(std::string_view name) const;
};

/// SDL.
struct InputDefinition {
  std::string name;
  std::string description;
  TypeReference type;
  std::optional<Value> default_value;
  Position position;
};

struct FieldDefinition {
  std::string name;
  std::string description;
  std::vector<InputDefinition> arguments;
  TypeReference type;
  Position position;
};

struct EnumValueDefinition {
  std::string name;
  std::string description;
};

struct TypeDefinition {
  enum class Kind : std::uint8_t { kScalar, kObject, kInputObject, kEnum };

  Kind kind = Kind::kObject;
  bool is_extension = false;
  std::string name;
  std::string description;
  std::vector<FieldDefinition> fields;
  std::vector<InputDefinition> input_fields;
  std::vector<EnumValueDefinition> enum_values;
  Position position;
};

}  // namespace busflow::graphql::language
