#include "schema/actions.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "language/parser.hpp"
#include "metadata/node_reader.hpp"
#include "schema/model.hpp"
#include "schema/types.hpp"

namespace busflow::graphql::schema {
namespace {

using language::TypeDefinition;
using metadata::invalid;
using metadata::SourceLocation;

constexpr std::array<std::string_view, 24> kScalars = {
    "Int",    "Float",     "String",      "Boolean",  "ID",      "uuid",   "date",     "time",
    "timetz", "timestamp", "timestamptz", "interval", "numeric", "bigint", "smallint", "float4",
    "json",   "jsonb",     "citext",      "bpchar",   "inet",    "bytea",  "money",    "xml"};

class ActionCatalogBuilder {
 public:
  ActionCatalogBuilder(const metadata::Metadata& metadata, const Model& model) : metadata_(metadata), model_(model) {}

  Result<ActionCatalog> build() {
    BUSFLOW_CHECK(add_types());
    for (const auto& action : metadata_.actions) {
      BUSFLOW_CHECK(add_action(action));
    }
    for (const auto& [name, type] : catalog_.types) {
      BUSFLOW_CHECK(check_type(type));
    }
    return std::move(catalog_);
  }

 private:
  Result<void> add_types() {
    using Kind = TypeDefinition::Kind;
    const metadata::CustomTypes& types = metadata_.custom_types;
    for (const auto& scalar : types.scalars) {
      BUSFLOW_CHECK(add_type(scalar, Kind::kScalar));
    }
    for (const auto& from : types.enums) {
      BUSFLOW_TRY(TypeDefinition * type, add_type(from, Kind::kEnum));
      for (const auto& value : from.values) type->enum_values.push_back({value.value, value.description.value_or("")});
    }
    for (const auto& from : types.input_objects) {
      BUSFLOW_TRY(TypeDefinition * type, add_type(from, Kind::kInputObject));
      for (const auto& field : from.fields) {
        BUSFLOW_TRY(auto input, definition<language::InputDefinition>(field));
        type->input_fields.push_back(std::move(input));
      }
    }
    for (const auto& from : types.objects) {
      BUSFLOW_TRY(TypeDefinition * type, add_type(from, Kind::kObject));
      for (const auto& field : from.fields) {
        BUSFLOW_TRY(auto output, definition<language::FieldDefinition>(field));
        type->fields.push_back(std::move(output));
      }
      for (const auto& relationship : from.relationships) {
        BUSFLOW_TRY(auto join, join_of(model_, from, relationship));
        catalog_.joins[from.name].push_back(std::move(join));
      }
    }
    return {};
  }

  template <class From>
  Result<TypeDefinition*> add_type(const From& from, TypeDefinition::Kind kind) {
    if (!is_graphql_name(from.name))
      return invalid(from.location, fmt::format("'{}' is no name for a type", from.name));
    if (catalog_.types.contains(from.name))
      return invalid(from.location, fmt::format("the type '{}' is defined twice", from.name));
    TypeDefinition& type = catalog_.types[from.name];
    type.kind = kind;
    type.name = from.name;
    type.description = from.description.value_or("");
    locations_[from.name] = from.location;
    return &type;
  }

  template <class Definition>
  Result<Definition> definition(const metadata::TypedName& from) const {
    Definition result;
    result.name = from.name;
    result.description = from.description.value_or("");
    result.position.line = static_cast<std::uint32_t>(from.location.line);
    auto type = language::parse_type(from.type);
    if (!type) return invalid(from.location, fmt::format("'{}' is no type: {}", from.type, type.error().detail));
    result.type = std::move(*type);
    return result;
  }

  Result<void> add_action(const metadata::Action& from) {
    if (catalog_.find(from.name) != nullptr)
      return invalid(from.location, fmt::format("the action '{}' is defined twice", from.name));
    ActionDefinition action;
    action.name = from.name;
    action.description = from.comment.value_or("");
    action.kind = from.type == metadata::Action::Type::kQuery ? OperationKind::kQuery : OperationKind::kMutation;
    action.location = from.location;
    action.source = &from;
    BUSFLOW_TRY(action.field,
                definition<language::FieldDefinition>({from.name, from.output_type, from.comment, {}, from.location}));
    for (const auto& argument : from.arguments) {
      BUSFLOW_TRY(auto input, definition<language::InputDefinition>(argument));
      action.field.arguments.push_back(std::move(input));
    }
    for (const auto& permission : from.permissions) action.roles.push_back(permission.role);
    BUSFLOW_CHECK(check_field(action.field, action.location, action.name));
    // Of queries the kind says nothing, as in the reference.
    if (from.kind == metadata::Action::Kind::kAsynchronous && action.kind == OperationKind::kMutation)
      return add_asynchronous(std::move(action));
    catalog_.actions.push_back(std::move(action));
    return {};
  }

  /// As two: one starts it and gives an id, the other tells what has become of it.
  Result<void> add_asynchronous(ActionDefinition start) {
    if (catalog_.types.contains(start.name)) {
      return invalid(start.location, fmt::format("the asynchronous action '{}' has a type of the same name for its "
                                                 "result; rename the action or the custom type",
                                                 start.name));
    }
    const TypeReference uuid = TypeReference("uuid").non_null();
    TypeDefinition& result = catalog_.types[start.name];
    result.kind = TypeDefinition::Kind::kObject;
    result.name = start.name;
    result.description = fmt::format("fields of action: \"{}\"", start.name);
    const auto add = [&](std::string name, TypeReference type, std::string description) {
      language::FieldDefinition& field = result.fields.emplace_back();
      field.name = std::move(name);
      field.type = std::move(type);
      field.description = std::move(description);
    };
    add("created_at", TypeReference("timestamptz").non_null(), "the time at which this action was created");
    add("errors", TypeReference("json"), "errors related to the invocation");
    add("id", uuid, "the unique id of an action");
    add("output", start.field.type.nullable(), "the output fields of this action");
    locations_[start.name] = start.location;

    ActionDefinition watch = start;
    watch.kind = OperationKind::kQuery;
    watch.service = ActionDefinition::Service::kWatch;
    watch.field.type = TypeReference(start.name);
    watch.field.arguments.clear();
    language::InputDefinition& id = watch.field.arguments.emplace_back();
    id.name = "id";
    id.type = uuid;
    id.description = "the unique id of an action";
    start.service = ActionDefinition::Service::kStart;
    start.field.type = uuid;
    catalog_.actions.push_back(std::move(start));
    catalog_.actions.push_back(std::move(watch));
    return {};
  }

  bool is_input(const std::string& name) const {
    const auto found = catalog_.types.find(name);
    return found == catalog_.types.end() ? is_known_scalar(name) : found->second.kind != TypeDefinition::Kind::kObject;
  }

  bool is_output(const std::string& name) const {
    const auto found = catalog_.types.find(name);
    return found == catalog_.types.end() ? is_known_scalar(name)
                                         : found->second.kind != TypeDefinition::Kind::kInputObject;
  }

  Result<void> check_field(const language::FieldDefinition& field, const SourceLocation& location,
                           std::string_view owner) const {
    for (const auto& argument : field.arguments) {
      if (!is_input(argument.type.name())) {
        return invalid(location, fmt::format("argument '{}' of {}: '{}' is no input type", argument.name, owner,
                                             argument.type.name()));
      }
    }
    if (!is_output(field.type.name()))
      return invalid(location, fmt::format("{}: '{}' is no output type", owner, field.type.name()));
    return {};
  }

  Result<void> check_type(const TypeDefinition& type) const {
    const auto location = locations_.find(type.name);
    const auto at = [&](const language::Position& position) {
      return SourceLocation{location->second.file, static_cast<int>(position.line)};
    };
    for (const auto& field : type.fields) {
      BUSFLOW_CHECK(check_field(field, at(field.position), fmt::format("{}.{}", type.name, field.name)));
    }
    for (const auto& input : type.input_fields) {
      if (!is_input(input.type.name())) {
        return invalid(at(input.position),
                       fmt::format("{}.{}: '{}' is no input type", type.name, input.name, input.type.name()));
      }
    }
    return {};
  }

  const metadata::Metadata& metadata_;
  const Model& model_;
  ActionCatalog catalog_;
  std::map<std::string, SourceLocation, std::less<>> locations_;
};

}  // namespace

bool is_known_scalar(std::string_view name) { return std::ranges::find(kScalars, name) != kScalars.end(); }

bool ActionDefinition::is_open_to(const RoleSchema& schema) const {
  return schema.role == kAdminRole ||
         std::ranges::any_of(roles, [&](const std::string& role) { return schema.inherits_from(role); });
}

const ActionDefinition* ActionCatalog::find(std::string_view name) const {
  const auto found = std::ranges::find(actions, name, &ActionDefinition::name);
  return found == actions.end() ? nullptr : &*found;
}

Result<ActionCatalog> ActionCatalog::build(const metadata::Metadata& metadata, const Model& model) {
  return ActionCatalogBuilder(metadata, model).build();
}

}  // namespace busflow::graphql::schema
