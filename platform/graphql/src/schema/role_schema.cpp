#include "schema/role_schema.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "language/printer.hpp"
#include "metadata/node_reader.hpp"
#include "schema/type_registry.hpp"

namespace busflow::graphql::schema {
namespace {

class RoleSchemaBuilder {
 public:
  RoleSchemaBuilder(const Model& model, const ActionCatalog& actions, RoleSchema& schema)
      : model_(model), actions_(actions), schema_(schema), registry_(schema) {}

  Result<void> build() {
    registry_.scalar("String");
    registry_.scalar("Boolean");
    registry_.scalar("Int");
    add_introspection_types(registry_);
    if (schema_.is_relay) add_relay_types(registry_);
    for (const auto& access : schema_.access.tables()) add_table_types(registry_, *access);
    if (!schema_.is_relay) add_joins_of_tables();
    BUSFLOW_CHECK(add_root(OperationKind::kQuery, "query_root", schema_.query));
    BUSFLOW_CHECK(add_root(OperationKind::kMutation, "mutation_root", schema_.mutation));
    BUSFLOW_CHECK(add_root(OperationKind::kSubscription, "subscription_root", schema_.subscription));
    return {};
  }

 private:
  static void add_select_fields(std::vector<Field>& fields, TypeRegistry& registry, const TableAccess& access,
                                const TableAccess::RootFields& offered) {
    const Table& table = *access.table;
    const TypeReference row(table.graphql_name);
    Field field;
    field.table = &access;
    if (offered.select) {
      field.name = table.select_field;
      field.description = table.root_description("select", "fetch data from the table: {}");
      field.meaning = Field::Meaning::kSelect;
      field.arguments = select_arguments(registry, table);
      field.type = row.non_null().list().non_null();
      fields.push_back(field);
    }
    if (offered.aggregate) {
      field.name = table.aggregate_field;
      field.description = table.root_description("select_aggregate", "fetch aggregated fields from the table: {}");
      field.meaning = Field::Meaning::kSelectAggregate;
      field.arguments = select_arguments(registry, table);
      field.type = TypeReference(aggregate_type(table)).non_null();
      fields.push_back(field);
    }
    if (offered.by_pk) {
      field.name = table.by_pk_field;
      field.description =
          table.root_description("select_by_pk", "fetch data from the table: {} using primary key columns");
      field.meaning = Field::Meaning::kSelectByPk;
      field.arguments.clear();
      for (const Column* column : table.primary_key)
        field.arguments.push_back(input(column->graphql_name, registry.column(*column).non_null()));
      field.type = row;
      fields.push_back(std::move(field));
    }
  }

  /// Where the role sees both ends.
  void add_joins_of_tables() {
    for (const auto& access : schema_.access.tables()) {
      for (const auto& join : access->table->joins) {
        std::vector<const Column*> own;
        for (const auto& key : join->keys) own.push_back(access->find_column(key.own_column->graphql_name));
        if (std::ranges::find(own, nullptr) != own.end()) continue;
        add_join(*join, std::move(own), access->table->graphql_name);
      }
    }
  }

  void add_join(const Join& join, std::vector<const Column*> own, std::string_view type) {
    const TableAccess* target = schema_.access.find(join.target);
    if (target == nullptr) return;
    const JoinAccess access{.join = &join, .target = target, .own_columns = std::move(own)};
    add_join_fields(registry_, *schema_.joins.emplace_back(std::make_unique<const JoinAccess>(access)),
                    *registry_.type(type, Type::Kind::kObject).first);
  }

  /// Registers a type of an action's signature and whatever it uses.
  void add_custom_type(const std::string& name) {
    const auto definition = actions_.types.find(name);
    if (definition == actions_.types.end()) {
      registry_.scalar(name);
      return;
    }
    if (schema_.find(name) != nullptr) return;
    registry_.add(definition->second);
    for (const auto& field : definition->second.fields) {
      add_custom_type(field.type.name());
      for (const auto& argument : field.arguments) add_custom_type(argument.type.name());
    }
    for (const auto& field : definition->second.input_fields) add_custom_type(field.type.name());
    const auto joins = actions_.joins.find(name);
    if (joins == actions_.joins.end() || schema_.is_relay) return;
    for (const auto& join : joins->second) add_join(*join, {}, name);
  }

  void add_action_fields(std::vector<Field>& fields, OperationKind kind) {
    for (const auto& action : actions_.actions) {
      const bool is_watched =
          kind == OperationKind::kSubscription && action.service == ActionDefinition::Service::kWatch;
      if ((action.kind != kind && !is_watched) || !action.is_open_to(schema_)) continue;
      Field field = from_definition(action.field);
      field.description = action.description;
      field.meaning = Field::Meaning::kAction;
      field.action = &action;
      add_custom_type(field.type.name());
      for (const auto& argument : field.arguments) add_custom_type(argument.type.name());
      fields.push_back(std::move(field));
    }
  }

  void add_introspection_fields(std::vector<Field>& fields) {
    Field schema_field;
    schema_field.name = "__schema";
    schema_field.meaning = Field::Meaning::kSchema;
    schema_field.type = TypeReference("__Schema").non_null();
    Field type_field;
    type_field.name = "__type";
    type_field.meaning = Field::Meaning::kTypeByName;
    type_field.type = TypeReference("__Type");
    type_field.arguments.push_back(input("name", TypeReference("String").non_null()));
    fields.push_back(std::move(schema_field));
    fields.push_back(std::move(type_field));
  }

  static Result<void> check_names(const std::vector<Field>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      for (std::size_t j = i + 1; j < fields.size(); ++j) {
        if (fields[i].name == fields[j].name)
          return fail(ErrorName::kInvalidMetadata, fmt::format("the root field '{}' is defined twice", fields[i].name));
      }
    }
    return {};
  }

  /// The fields, those of sources with a namespace in that namespace's field.
  Result<std::vector<Field>> in_namespaces(std::vector<Field> fields, OperationKind kind) {
    std::vector<Field> result;
    std::map<const Database*, std::vector<Field>> spaces;
    for (Field& field : fields) {
      const Database* database = field.database();
      const bool is_in_space = database != nullptr && !database->naming.root_namespace().empty();
      (is_in_space ? spaces[database] : result).push_back(std::move(field));
    }
    constexpr std::string_view kSuffixes[] = {"_query", "_mutation", "_subscription"};
    for (auto& [database, members] : spaces) {
      BUSFLOW_CHECK(check_names(members));
      const Naming& naming = database->naming;
      Field space;
      space.name = naming.root_namespace();
      space.meaning = Field::Meaning::kNamespace;
      const std::string type =
          naming.type({.text = space.name, .is_chosen = true}, kSuffixes[std::to_underlying(kind)]);
      space.type = TypeReference(type).non_null();
      registry_.type(type, Type::Kind::kObject).first->fields = std::move(members);
      result.push_back(std::move(space));
    }
    return result;
  }

  Result<void> add_root(OperationKind kind, std::string_view name, const Type*& slot) {
    std::vector<Field> fields;
    if (schema_.is_relay && kind != OperationKind::kMutation) {
      fields = relay_fields(registry_, kind);
    } else if (kind != OperationKind::kMutation) {
      for (const auto& access : schema_.access.tables()) {
        add_select_fields(fields, registry_, *access,
                          kind == OperationKind::kQuery ? access->query : access->subscription);
        if (kind == OperationKind::kSubscription && access->subscription.stream)
          fields.push_back(stream_field(registry_, *access));
      }
    }
    if (kind == OperationKind::kMutation) fields = mutation_fields(registry_, schema_.writes);
    if (!schema_.is_relay || kind == OperationKind::kMutation) {
      auto functions = function_fields(registry_, schema_, model_, kind == OperationKind::kMutation);
      std::ranges::move(functions, std::back_inserter(fields));
    }
    add_action_fields(fields, kind);
    if (fields.empty() && kind != OperationKind::kQuery) return {};
    if (fields.empty()) {
      Field nothing;
      nothing.name = "no_queries_available";
      nothing.description =
          "There are no queries available to the current role. Either there are no sources or remote schemas "
          "configured, or the current role doesn't have the required permissions.";
      nothing.type = TypeReference("String").non_null();
      fields.push_back(std::move(nothing));
    }
    BUSFLOW_TRY(fields, in_namespaces(std::move(fields), kind));
    BUSFLOW_CHECK(check_names(fields));
    if (kind == OperationKind::kQuery) add_introspection_fields(fields);
    Type* root = registry_.type(name, Type::Kind::kObject).first;
    root->fields = std::move(fields);
    slot = root;
    return {};
  }

  const Model& model_;
  const ActionCatalog& actions_;
  RoleSchema& schema_;
  TypeRegistry registry_;
};

std::string print_description(std::string_view description, std::string_view indentation) {
  return description.empty() ? std::string() : fmt::format("{}{}\n", indentation, language::print_string(description));
}

std::string print_input(const InputValue& value) {
  const std::string suffix = value.default_value ? " = " + language::print_value(*value.default_value) : "";
  return fmt::format("{}: {}{}", value.name, value.type.to_string(), suffix);
}

std::string print_field(const Field& field) {
  std::string arguments;
  for (const InputValue& argument : field.arguments)
    arguments += (arguments.empty() ? "" : ", ") + print_input(argument);
  if (!arguments.empty()) arguments = "(" + arguments + ")";
  return fmt::format("{}  {}{}: {}\n", print_description(field.description, "  "), field.name, arguments,
                     field.type.to_string());
}

std::string print_type(const Type& type) {
  std::string body;
  for (const Field& field : type.fields) {
    if (!field.is_hidden()) body += print_field(field);
  }
  for (const InputValue& field : type.input_fields)
    body += fmt::format("{}  {}\n", print_description(field.description, "  "), print_input(field));
  for (const EnumValue& value : type.enum_values)
    body += fmt::format("{}  {}\n", print_description(value.description, "  "), value.name);
  constexpr std::string_view kKeywords[] = {"scalar", "type", "enum", "input", "interface"};
  const auto keyword = kKeywords[static_cast<std::size_t>(type.kind)];
  const std::string braces = type.kind == Type::Kind::kScalar ? "\n" : fmt::format(" {{\n{}}}\n", body);
  const std::string implements = type.is_node ? fmt::format(" implements {}", kNodeType) : std::string();
  return fmt::format("\n{}{} {}{}{}", print_description(type.description, ""), keyword, type.name, implements, braces);
}

bool is_standard_scalar(std::string_view name) {
  return name == "Int" || name == "Float" || name == "String" || name == "Boolean" || name == "ID";
}

}  // namespace

Result<std::unique_ptr<RoleSchema>> build_role_schema(const Model& model, const ActionCatalog& actions,
                                                      std::string_view role, RoleSchemaOptions options) {
  auto schema = std::make_unique<RoleSchema>();
  schema->role = role;
  schema->lineage = metadata::lineage(model.inherited_roles(), schema->role);
  BUSFLOW_TRY(schema->access, RoleAccess::build(model, role));
  BUSFLOW_TRY(schema->writes, WriteAccess::build(model, schema->access, role, options.is_backend));
  schema->infers_function_permissions = options.infers_function_permissions;
  schema->is_relay = options.is_relay;
  BUSFLOW_CHECK(RoleSchemaBuilder(model, actions, *schema).build());
  return schema;
}

std::string print_schema(const RoleSchema& schema) {
  std::string out = "schema {\n  query: query_root\n";
  if (schema.mutation != nullptr) out += "  mutation: mutation_root\n";
  if (schema.subscription != nullptr) out += "  subscription: subscription_root\n";
  out += "}\n";
  for (const auto& [name, type] : schema.types) {
    if (!name.starts_with("__") && !is_standard_scalar(name)) out += print_type(*type);
  }
  return out;
}

}  // namespace busflow::graphql::schema
