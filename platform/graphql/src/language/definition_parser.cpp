#include <fmt/format.h>

#include "language/parser.hpp"
#include "language/token_stream.hpp"

namespace busflow::graphql::language {
namespace {

class DefinitionParser {
 public:
  DefinitionParser(std::string_view source, const ParseLimits& limits) : tokens_(source, limits) {}

  Result<std::vector<TypeDefinition>> parse() {
    BUSFLOW_CHECK(tokens_.start());
    std::vector<TypeDefinition> definitions;
    while (!tokens_.at_end()) {
      BUSFLOW_TRY(TypeDefinition definition, type_definition());
      definitions.push_back(std::move(definition));
    }
    return definitions;
  }

 private:
  Result<TypeDefinition> type_definition() {
    TypeDefinition definition;
    BUSFLOW_TRY(definition.description, description());
    definition.position = tokens_.current().position;
    BUSFLOW_TRY(definition.is_extension, tokens_.accept_name("extend"));
    BUSFLOW_TRY(const std::string keyword, tokens_.name("'type', 'input', 'enum' or 'scalar'"));
    BUSFLOW_TRY(definition.name, tokens_.name("the name of a type"));
    BUSFLOW_CHECK(skip_directives());
    if (keyword == "scalar") {
      definition.kind = TypeDefinition::Kind::kScalar;
      return definition;
    }
    BUSFLOW_CHECK(tokens_.expect('{'));
    while (!tokens_.current().is('}')) {
      if (keyword == "type") {
        definition.kind = TypeDefinition::Kind::kObject;
        BUSFLOW_CHECK(field(definition));
      } else if (keyword == "input") {
        definition.kind = TypeDefinition::Kind::kInputObject;
        BUSFLOW_TRY(InputDefinition input, input_definition());
        definition.input_fields.push_back(std::move(input));
      } else if (keyword == "enum") {
        definition.kind = TypeDefinition::Kind::kEnum;
        BUSFLOW_CHECK(enum_value(definition));
      } else {
        return syntax_error(definition.position,
                            fmt::format("expected 'type', 'input', 'enum' or 'scalar', but found '{}'", keyword));
      }
    }
    BUSFLOW_CHECK(tokens_.advance());
    return definition;
  }

  Result<void> field(TypeDefinition& definition) {
    FieldDefinition result;
    BUSFLOW_TRY(result.description, description());
    result.position = tokens_.current().position;
    BUSFLOW_TRY(result.name, tokens_.name("a field"));
    BUSFLOW_TRY(const bool has_arguments, tokens_.accept('('));
    if (has_arguments) {
      while (!tokens_.current().is(')')) {
        BUSFLOW_TRY(InputDefinition argument, input_definition());
        result.arguments.push_back(std::move(argument));
      }
      BUSFLOW_CHECK(tokens_.advance());
    }
    BUSFLOW_CHECK(tokens_.expect(':'));
    BUSFLOW_TRY(result.type, tokens_.type());
    BUSFLOW_CHECK(skip_directives());
    definition.fields.push_back(std::move(result));
    return {};
  }

  Result<InputDefinition> input_definition() {
    InputDefinition input;
    BUSFLOW_TRY(input.description, description());
    input.position = tokens_.current().position;
    BUSFLOW_TRY(input.name, tokens_.name("a name"));
    BUSFLOW_CHECK(tokens_.expect(':'));
    BUSFLOW_TRY(input.type, tokens_.type());
    BUSFLOW_TRY(const bool has_default, tokens_.accept('='));
    if (has_default) {
      BUSFLOW_TRY(input.default_value, tokens_.value(true));
    }
    BUSFLOW_CHECK(skip_directives());
    return input;
  }

  Result<void> enum_value(TypeDefinition& definition) {
    EnumValueDefinition value;
    BUSFLOW_TRY(value.description, description());
    BUSFLOW_TRY(value.name, tokens_.name("an enum value"));
    BUSFLOW_CHECK(skip_directives());
    definition.enum_values.push_back(std::move(value));
    return {};
  }

  Result<std::string> description() {
    const auto kind = tokens_.current().kind;
    if (kind != Token::Kind::kString && kind != Token::Kind::kBlockString) return std::string();
    BUSFLOW_TRY(Value value, tokens_.value(true));
    return std::move(value.text);
  }

  /// Directives of definitions (@deprecated, …) are accepted and carry no meaning here.
  Result<void> skip_directives() {
    while (tokens_.current().is('@')) {
      BUSFLOW_CHECK(tokens_.advance());
      BUSFLOW_CHECK(tokens_.name("a directive"));
      BUSFLOW_TRY(const bool has_arguments, tokens_.accept('('));
      if (!has_arguments) continue;
      while (!tokens_.current().is(')')) {
        BUSFLOW_CHECK(tokens_.name("an argument"));
        BUSFLOW_CHECK(tokens_.expect(':'));
        BUSFLOW_TRY(const Value value, tokens_.value(true));
      }
      BUSFLOW_CHECK(tokens_.advance());
    }
    return {};
  }

  TokenStream tokens_;
};

}  // namespace

Result<std::vector<TypeDefinition>> parse_type_definitions(std::string_view source, const ParseLimits& limits) {
  return DefinitionParser(source, limits).parse();
}

Result<TypeReference> parse_type(std::string_view source) {
  TokenStream tokens(source, {});
  BUSFLOW_CHECK(tokens.start());
  BUSFLOW_TRY(TypeReference type, tokens.type());
  if (!tokens.at_end()) return tokens.expected("nothing after the type");
  return type;
}

}  // namespace busflow::graphql::language
