#include <algorithm>

#include <fmt/format.h>

#include "schema/role_schema.hpp"
#include "schema/type_registry.hpp"

namespace busflow::graphql::schema {
namespace {

/// As in Hasura: who may select the rows may call a function that reads, unless permissions must be given; a function
/// that writes needs one.
bool is_open_to(const RootFunction& function, const RoleSchema& schema) {
  if (schema.access.find(function.function.target) == nullptr) return false;
  const auto& roles = function.source->roles;
  return schema.role == kAdminRole || (!function.is_mutation && schema.infers_function_permissions) ||
         std::ranges::any_of(roles, [&](const std::string& role) { return schema.inherits_from(role); });
}

}  // namespace

std::vector<InputValue> function_arguments(TypeRegistry& registry, const Function& function) {
  if (!function.takes_input()) return {};
  const auto [type, is_new] = registry.type(function.arguments_type, Type::Kind::kInputObject);
  bool is_needed = false;
  for (const FunctionArgument& argument : function.arguments) {
    if (argument.origin != FunctionArgument::Origin::kRequest) continue;
    is_needed = is_needed || !argument.has_default;
    registry.scalar(argument.type.graphql_name);
    if (is_new) type->input_fields.push_back(input(argument.name, argument.type.reference()));
  }
  const TypeReference reference(function.arguments_type);
  return {input("args", is_needed ? reference.non_null() : reference,
                fmt::format("input parameters for function \"{}\"", function.sql))};
}

std::vector<Field> function_fields(TypeRegistry& registry, const RoleSchema& schema, const Model& model,
                                   bool is_mutation) {
  std::vector<Field> fields;
  for (const auto& root : model.functions()) {
    if (root->is_mutation != is_mutation || !is_open_to(*root, schema)) continue;
    const Table& target = *root->function.target;
    const TypeReference row(target.graphql_name);
    Field field;
    field.name = root->field;
    field.description = root->description.empty() ? fmt::format("execute function \"{}\" which returns \"{}\"",
                                                                root->source->name.describe(), target.name.describe())
                                                  : root->description;
    field.meaning = Field::Meaning::kSelect;
    field.table = schema.access.find(&target);
    field.function = &root->function;
    field.arguments = function_arguments(registry, root->function);
    field.type = row;
    if (root->function.returns_set) {
      const auto more = select_arguments(registry, target);
      field.arguments.insert(field.arguments.end(), more.begin(), more.end());
      field.type = row.non_null().list().non_null();
    }
    const bool has_aggregate = root->function.returns_set && field.table->query.aggregate;
    fields.push_back(field);
    if (!has_aggregate) continue;
    field.name = root->aggregate_field;
    field.description += " and query aggregates on the result";
    field.meaning = Field::Meaning::kSelectAggregate;
    field.type = TypeReference(aggregate_type(target)).non_null();
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace busflow::graphql::schema
