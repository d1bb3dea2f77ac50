#include "schema/type_registry.hpp"

#include "language/parser.hpp"

namespace busflow::graphql::schema {
namespace {

constexpr std::string_view kIntrospectionTypes = R"graphql(
"""A service's schema."""
type __Schema {
  description: String
  types: [__Type!]!
  queryType: __Type!
  mutationType: __Type
  subscriptionType: __Type
  directives: [__Directive!]!
}
type __Type {
  kind: __TypeKind!
  name: String
  description: String
  fields(includeDeprecated: Boolean = false): [__Field!]
  interfaces: [__Type!]
  possibleTypes: [__Type!]
  enumValues(includeDeprecated: Boolean = false): [__EnumValue!]
  inputFields(includeDeprecated: Boolean = false): [__InputValue!]
  ofType: __Type
  specifiedByURL: String
}
type __Field {
  name: String!
  description: String
  args(includeDeprecated: Boolean = false): [__InputValue!]!
  type: __Type!
  isDeprecated: Boolean!
  deprecationReason: String
}
type __InputValue {
  name: String!
  description: String
  type: __Type!
  defaultValue: String
  isDeprecated: Boolean!
  deprecationReason: String
}
type __EnumValue {
  name: String!
  description: String
  isDeprecated: Boolean!
  deprecationReason: String
}
type __Directive {
  name: String!
  description: String
  locations: [__DirectiveLocation!]!
  args(includeDeprecated: Boolean = false): [__InputValue!]!
  isRepeatable: Boolean!
}
enum __TypeKind { ENUM INPUT_OBJECT INTERFACE LIST NON_NULL OBJECT SCALAR UNION }
enum __DirectiveLocation {
  QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION
  SCHEMA SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION
}
)graphql";

InputValue from_definition(const language::InputDefinition& definition) {
  return {.name = definition.name,
          .description = definition.description,
          .type = definition.type,
          .default_value = definition.default_value};
}

}  // namespace

InputValue input(std::string name, TypeReference type, std::string description) {
  return {.name = std::move(name), .description = std::move(description), .type = std::move(type)};
}

InputValue input(const Naming& naming, std::string_view key, TypeReference type, std::string description) {
  return {.name = naming.field(key), .key = key, .description = std::move(description), .type = std::move(type)};
}

Field from_definition(const language::FieldDefinition& definition) {
  Field field;
  field.name = definition.name;
  field.description = definition.description;
  field.type = definition.type;
  for (const auto& argument : definition.arguments) field.arguments.push_back(from_definition(argument));
  return field;
}

std::pair<Type*, bool> TypeRegistry::type(std::string_view name, Type::Kind kind) {
  const auto found = schema_.types.find(name);
  if (found != schema_.types.end()) return {found->second.get(), false};
  auto type = std::make_unique<Type>();
  type->name = name;
  type->kind = kind;
  Type* result = type.get();
  schema_.types.emplace(std::string(name), std::move(type));
  return {result, true};
}

TypeReference TypeRegistry::scalar(std::string_view name) {
  type(name, Type::Kind::kScalar);
  return TypeReference(std::string(name));
}

void TypeRegistry::value_type(const ColumnType& of) {
  if (of.kind != ScalarKind::kEnum) {
    scalar(of.graphql_name);
    return;
  }
  const auto [values, is_new] = type(of.graphql_name, Type::Kind::kEnum);
  if (!is_new) return;
  for (const auto& value : *of.enum_values) values->enum_values.push_back({value.name, value.description});
}

TypeReference TypeRegistry::column(const Column& column) {
  value_type(column.type);
  const TypeReference reference = column.type.reference();
  return column.is_nullable ? reference : reference.non_null();
}

void TypeRegistry::add(const language::TypeDefinition& definition) {
  constexpr Type::Kind kKinds[] = {Type::Kind::kScalar, Type::Kind::kObject, Type::Kind::kInputObject,
                                   Type::Kind::kEnum};
  const auto [added, is_new] = type(definition.name, kKinds[static_cast<std::size_t>(definition.kind)]);
  added->description = definition.description;
  for (const auto& field : definition.fields) added->fields.push_back(from_definition(field));
  for (const auto& field : definition.input_fields) added->input_fields.push_back(from_definition(field));
  for (const auto& value : definition.enum_values) added->enum_values.push_back({value.name, value.description});
}

void add_introspection_types(TypeRegistry& registry) {
  // The text is a constant of ours: value() throws when it is wrong, which any test would show.
  for (const auto& definition : language::parse_type_definitions(kIntrospectionTypes).value()) registry.add(definition);
}

}  // namespace busflow::graphql::schema
