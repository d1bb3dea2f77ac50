#include "metadata/type_definitions.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "language/parser.hpp"
#include "metadata/node_reader.hpp"

namespace busflow::graphql::metadata {
namespace {

using language::TypeDefinition;

std::optional<std::string> description(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

class Importer {
 public:
  Importer(Metadata& metadata, std::string_view path)
      : metadata_(metadata), path_(std::make_shared<const std::string>(path)) {}

  Result<void> add(const TypeDefinition& type) {
    if (type.name == "Query" || type.name == "Mutation") {
      for (const auto& field : type.fields) {
        BUSFLOW_CHECK(add_signature(field, type.name == "Query" ? Action::Type::kQuery : Action::Type::kMutation));
      }
      return {};
    }
    const SourceLocation location = at(type.position);
    if (type.is_extension) return invalid(location, "only 'extend type Mutation' and 'extend type Query' are served");
    CustomTypes& types = metadata_.custom_types;
    switch (type.kind) {
      case TypeDefinition::Kind::kScalar:
        return fill(types.scalars, type, location, [](const CustomScalar&) { return true; }, [](CustomScalar&) {});
      case TypeDefinition::Kind::kEnum:
        return fill(
            types.enums, type, location, [](const CustomEnum& known) { return known.values.empty(); },
            [&](CustomEnum& target) {
              for (const auto& value : type.enum_values)
                target.values.push_back({value.name, description(value.description), {}});
            });
      case TypeDefinition::Kind::kInputObject:
        return fill(
            types.input_objects, type, location, [](const CustomInputObject& known) { return known.fields.empty(); },
            [&](CustomInputObject& target) {
              for (const auto& field : type.input_fields) target.fields.push_back(typed(field));
            });
      case TypeDefinition::Kind::kObject:
        return fill(
            types.objects, type, location, [](const CustomObject& known) { return known.fields.empty(); },
            [&](CustomObject& target) {
              for (const auto& field : type.fields) target.fields.push_back(typed(field));
            });
    }
    return {};
  }

 private:
  SourceLocation at(const language::Position& position) const { return {path_, static_cast<int>(position.line)}; }

  template <class Definition>
  TypedName typed(const Definition& from) const {
    return {from.name, from.type.to_string(), description(from.description), {}, at(from.position)};
  }

  Result<void> add_signature(const language::FieldDefinition& field, Action::Type type) {
    const auto action = std::ranges::find(metadata_.actions, field.name, &Action::name);
    const SourceLocation location = at(field.position);
    if (action == metadata_.actions.end())
      return invalid(location, fmt::format("the action '{}' is missing in actions.yaml", field.name));
    if (!action->output_type.empty())
      return invalid(location, fmt::format("the action '{}' is defined twice", field.name));
    action->type = type;
    action->output_type = field.type.to_string();
    if (!action->comment) action->comment = description(field.description);
    for (const auto& argument : field.arguments) action->arguments.push_back(typed(argument));
    return {};
  }

  /// actions.yaml may name the type already, to add what the schema language cannot say.
  template <class Type, class IsBare, class Fill>
  Result<void> fill(std::vector<Type>& types, const TypeDefinition& type, const SourceLocation& location,
                    IsBare is_bare, Fill fill_in) {
    auto known = std::ranges::find(types, type.name, &Type::name);
    if (known != types.end() && !is_bare(*known))
      return invalid(location, fmt::format("the type '{}' is defined twice", type.name));
    if (known == types.end()) known = types.insert(types.end(), Type{});
    known->name = type.name;
    known->description = description(type.description);
    known->location = location;
    fill_in(*known);
    return {};
  }

  Metadata& metadata_;
  std::shared_ptr<const std::string> path_;
};

}  // namespace

Result<void> add_type_definitions(Metadata& metadata, const EmbeddedFile& file) {
  auto definitions = language::parse_type_definitions(file.text);
  if (!definitions) {
    return fail(ErrorName::kInvalidMetadata, fmt::format("{}: {}", file.path, definitions.error().detail), "$");
  }
  Importer importer(metadata, file.path);
  for (const TypeDefinition& type : *definitions) {
    BUSFLOW_CHECK(importer.add(type));
  }
  return {};
}

Result<void> check_signatures(const Metadata& metadata) {
  for (const auto& action : metadata.actions) {
    if (action.output_type.empty()) {
      return invalid(action.location, fmt::format("the action '{}' has no signature in actions.graphql", action.name));
    }
  }
  return {};
}

}  // namespace busflow::graphql::metadata
