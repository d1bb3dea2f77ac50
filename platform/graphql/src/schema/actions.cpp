#include "schema/actions.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "language/parser.hpp"
#include "metadata/node_reader.hpp"
#include "schema/model.hpp"

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
  explicit ActionCatalogBuilder(const metadata::Metadata& metadata) : metadata_(metadata) {}

  Result<ActionCatalog> build() {
    for (const EmbeddedFile& file : metadata_.type_definitions) {
      BUSFLOW_CHECK(add_file(file));
    }
    BUSFLOW_CHECK(add_settings());
    for (const auto& action : catalog_.actions) {
      BUSFLOW_CHECK(check_field(action.field, action.location, action.name));
    }
    for (const auto& [name, type] : catalog_.types) {
      BUSFLOW_CHECK(check_type(type));
    }
    return std::move(catalog_);
  }

 private:
  Result<void> add_file(const EmbeddedFile& file) {
    auto definitions = language::parse_type_definitions(file.text);
    if (!definitions)
      return fail(ErrorName::kInvalidMetadata, fmt::format("{}: {}", file.path, definitions.error().detail));
    for (TypeDefinition& type : *definitions) {
      const SourceLocation location{std::string(file.path), static_cast<int>(type.position.line)};
      if (type.name == "Mutation" || type.name == "Query") {
        for (auto& field : type.fields) {
          ActionDefinition action;
          action.name = field.name;
          action.kind = type.name == "Query" ? OperationKind::kQuery : OperationKind::kMutation;
          action.location = {location.file, static_cast<int>(field.position.line)};
          action.description = field.description;
          action.field = std::move(field);
          if (catalog_.find(action.name) != nullptr)
            return invalid(action.location, fmt::format("the action '{}' is defined twice", action.name));
          catalog_.actions.push_back(std::move(action));
        }
        continue;
      }
      if (type.is_extension) return invalid(location, "only 'extend type Mutation' and 'extend type Query' are served");
      if (!is_graphql_name(type.name)) return invalid(location, fmt::format("'{}' is no name for a type", type.name));
      locations_[type.name] = location;
      if (catalog_.types.contains(type.name))
        return invalid(location, fmt::format("the type '{}' is defined twice", type.name));
      catalog_.types.emplace(type.name, std::move(type));
    }
    return {};
  }

  Result<void> add_settings() {
    std::vector<std::string> seen;
    for (const auto& settings : metadata_.actions) {
      const auto found = std::ranges::find(catalog_.actions, settings.name, &ActionDefinition::name);
      if (found == catalog_.actions.end()) {
        return invalid(settings.location,
                       fmt::format("the action '{}' has no signature in actions.graphql", settings.name));
      }
      found->roles = settings.roles;
      if (!settings.comment.empty()) found->description = settings.comment;
      seen.push_back(settings.name);
    }
    for (const auto& action : catalog_.actions) {
      if (std::ranges::find(seen, action.name) == seen.end()) {
        return invalid(action.location, fmt::format("the action '{}' is missing in actions.yaml", action.name));
      }
    }
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
  ActionCatalog catalog_;
  std::map<std::string, SourceLocation, std::less<>> locations_;
};

}  // namespace

bool is_known_scalar(std::string_view name) { return std::ranges::find(kScalars, name) != kScalars.end(); }

bool ActionDefinition::is_open_to(std::string_view role) const {
  return role == "admin" || std::ranges::find(roles, role) != roles.end();
}

const ActionDefinition* ActionCatalog::find(std::string_view name) const {
  const auto found = std::ranges::find(actions, name, &ActionDefinition::name);
  return found == actions.end() ? nullptr : &*found;
}

Result<ActionCatalog> ActionCatalog::build(const metadata::Metadata& metadata) {
  return ActionCatalogBuilder(metadata).build();
}

}  // namespace busflow::graphql::schema
