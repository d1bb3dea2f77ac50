#include <algorithm>

#include <fmt/format.h>

#include "language/parser.hpp"
#include "language/token_stream.hpp"

namespace busflow::graphql::language {
namespace {

class DocumentParser {
 public:
  DocumentParser(std::string_view source, const ParseLimits& limits) : tokens_(source, limits) {}

  Result<Document> parse() {
    BUSFLOW_CHECK(tokens_.start());
    Document document;
    do {
      BUSFLOW_CHECK(definition(document));
    } while (!tokens_.at_end());
    return document;
  }

 private:
  Result<void> definition(Document& document) {
    const Position position = tokens_.current().position;
    if (tokens_.current().is_name("fragment")) {
      BUSFLOW_TRY(Fragment fragment, fragment_definition());
      if (document.find_fragment(fragment.name) != nullptr) {
        return syntax_error(position, fmt::format("the fragment '{}' is defined twice", fragment.name));
      }
      document.fragments.push_back(std::move(fragment));
      return {};
    }
    BUSFLOW_TRY(Operation operation, operation_definition());
    const auto same_name = [&](const Operation& other) { return other.name == operation.name; };
    if (!operation.name.empty() && std::ranges::any_of(document.operations, same_name)) {
      return syntax_error(position, fmt::format("the operation '{}' is defined twice", operation.name));
    }
    document.operations.push_back(std::move(operation));
    return {};
  }

  Result<Operation> operation_definition() {
    Operation operation;
    if (!tokens_.current().is('{')) {
      if (tokens_.current().is_name("query")) {
        operation.kind = OperationKind::kQuery;
      } else if (tokens_.current().is_name("mutation")) {
        operation.kind = OperationKind::kMutation;
      } else if (tokens_.current().is_name("subscription")) {
        operation.kind = OperationKind::kSubscription;
      } else {
        return tokens_.expected("'query', 'mutation', 'subscription', 'fragment' or '{'");
      }
      BUSFLOW_CHECK(tokens_.advance());
      if (tokens_.current().kind == Token::Kind::kName) {
        BUSFLOW_TRY(operation.name, tokens_.name("a name"));
      }
      BUSFLOW_CHECK(variable_definitions(operation));
      BUSFLOW_TRY(operation.directives, directives(false));
    }
    BUSFLOW_TRY(operation.selections, selection_set());
    return operation;
  }

  Result<void> variable_definitions(Operation& operation) {
    BUSFLOW_TRY(const bool present, tokens_.accept('('));
    if (!present) return {};
    if (tokens_.current().is(')')) return tokens_.expected("a variable");
    while (!tokens_.current().is(')')) {
      BUSFLOW_CHECK(tokens_.expect('$'));
      VariableDefinition variable;
      BUSFLOW_TRY(variable.name, tokens_.name("the name of a variable"));
      BUSFLOW_CHECK(tokens_.expect(':'));
      BUSFLOW_TRY(variable.type, tokens_.type());
      BUSFLOW_TRY(const bool has_default, tokens_.accept('='));
      if (has_default) {
        BUSFLOW_TRY(variable.default_value, tokens_.value(true));
      }
      BUSFLOW_TRY(const auto ignored, directives(true));
      operation.variables.push_back(std::move(variable));
    }
    return tokens_.advance();
  }

  Result<Fragment> fragment_definition() {
    BUSFLOW_CHECK(tokens_.advance());
    Fragment fragment;
    if (tokens_.current().is_name("on")) return tokens_.expected("the name of a fragment");
    BUSFLOW_TRY(fragment.name, tokens_.name("the name of a fragment"));
    BUSFLOW_TRY(const bool has_condition, tokens_.accept_name("on"));
    if (!has_condition) return tokens_.expected("'on'");
    BUSFLOW_TRY(fragment.type_condition, tokens_.name("a type"));
    BUSFLOW_TRY(const auto ignored, directives(false));
    BUSFLOW_TRY(fragment.selections, selection_set());
    return fragment;
  }

  Result<std::vector<Selection>> selection_set() {
    const TokenStream::Level level(tokens_);
    BUSFLOW_CHECK(level.check());
    BUSFLOW_CHECK(tokens_.expect('{'));
    std::vector<Selection> selections;
    if (tokens_.current().is('}')) return tokens_.expected("a field");
    while (!tokens_.current().is('}')) {
      if (tokens_.current().kind == Token::Kind::kSpread) {
        BUSFLOW_TRY(Selection selection, fragment_selection());
        selections.push_back(std::move(selection));
      } else {
        BUSFLOW_TRY(Selection selection, field());
        selections.push_back(std::move(selection));
      }
    }
    BUSFLOW_CHECK(tokens_.advance());
    return selections;
  }

  Result<Selection> fragment_selection() {
    BUSFLOW_CHECK(tokens_.advance());
    Selection selection;
    const Token& token = tokens_.current();
    if (token.kind == Token::Kind::kName && token.text != "on") {
      selection.kind = Selection::Kind::kFragmentSpread;
      BUSFLOW_TRY(selection.name, tokens_.name("the name of a fragment"));
      BUSFLOW_TRY(selection.directives, directives(false));
      return selection;
    }
    selection.kind = Selection::Kind::kInlineFragment;
    BUSFLOW_TRY(const bool has_condition, tokens_.accept_name("on"));
    if (has_condition) {
      BUSFLOW_TRY(selection.type_condition, tokens_.name("a type"));
    }
    BUSFLOW_TRY(selection.directives, directives(false));
    BUSFLOW_TRY(selection.selections, selection_set());
    return selection;
  }

  Result<Selection> field() {
    Selection selection;
    BUSFLOW_TRY(selection.name, tokens_.name("a field"));
    BUSFLOW_TRY(const bool has_alias, tokens_.accept(':'));
    if (has_alias) {
      selection.alias = std::move(selection.name);
      BUSFLOW_TRY(selection.name, tokens_.name("a field"));
    }
    BUSFLOW_TRY(selection.arguments, arguments(false));
    BUSFLOW_TRY(selection.directives, directives(false));
    if (tokens_.current().is('{')) {
      BUSFLOW_TRY(selection.selections, selection_set());
    }
    return selection;
  }

  Result<std::vector<Argument>> arguments(bool constant) {
    std::vector<Argument> result;
    BUSFLOW_TRY(const bool present, tokens_.accept('('));
    if (!present) return result;
    if (tokens_.current().is(')')) return tokens_.expected("an argument");
    while (!tokens_.current().is(')')) {
      const Position position = tokens_.current().position;
      Argument argument;
      BUSFLOW_TRY(argument.name, tokens_.name("an argument"));
      const auto same_name = [&](const Argument& other) { return other.name == argument.name; };
      if (std::ranges::any_of(result, same_name)) {
        return syntax_error(position, fmt::format("the argument '{}' is given twice", argument.name));
      }
      BUSFLOW_CHECK(tokens_.expect(':'));
      BUSFLOW_TRY(argument.value, tokens_.value(constant));
      result.push_back(std::move(argument));
    }
    BUSFLOW_CHECK(tokens_.advance());
    return result;
  }

  Result<std::vector<Directive>> directives(bool constant) {
    std::vector<Directive> result;
    while (tokens_.current().is('@')) {
      BUSFLOW_CHECK(tokens_.advance());
      Directive directive;
      BUSFLOW_TRY(directive.name, tokens_.name("a directive"));
      BUSFLOW_TRY(directive.arguments, arguments(constant));
      result.push_back(std::move(directive));
    }
    return result;
  }

  TokenStream tokens_;
};

}  // namespace

const Fragment* Document::find_fragment(std::string_view name) const {
  const auto found = std::ranges::find(fragments, name, &Fragment::name);
  return found == fragments.end() ? nullptr : &*found;
}

Result<Document> parse_document(std::string_view source, const ParseLimits& limits) {
  auto document = DocumentParser(source, limits).parse();
  if (document) return document;
  return fail(document.error().name, "not a valid graphql query\n" + document.error().detail, "$.query");
}

}  // namespace busflow::graphql::language
