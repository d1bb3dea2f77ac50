#include <platform/graphql/document_facts.hpp>

#include "language/lexer.hpp"
#include "language/parser.hpp"

namespace busflow::graphql {

Result<std::vector<OperationKind>> operation_kinds(std::string_view query) {
  BUSFLOW_TRY(const language::Document document, language::parse_document(query));
  std::vector<OperationKind> kinds;
  for (const auto& operation : document.operations) kinds.push_back(operation.kind);
  return kinds;
}

Result<std::map<std::string, std::string>> declared_variables(std::string_view query) {
  BUSFLOW_TRY(const language::Document document, language::parse_document(query));
  std::map<std::string, std::string> variables;
  for (const auto& operation : document.operations) {
    for (const auto& variable : operation.variables) variables[variable.name] = variable.type.to_string();
  }
  return variables;
}

Result<std::vector<std::string>> root_fields(std::string_view query) {
  BUSFLOW_TRY(const language::Document document, language::parse_document(query));
  std::vector<std::string> names;
  if (document.operations.empty()) return names;
  for (const auto& selection : document.operations.front().selections) names.push_back(selection.response_name());
  return names;
}

Result<std::string> normal_form(std::string_view query) {
  language::Lexer lexer(query);
  std::string text;
  while (true) {
    BUSFLOW_TRY(const language::Token token, lexer.next());
    if (token.kind == language::Token::Kind::kEnd) return text;
    if (token.is_name("__typename")) continue;
    const bool is_string =
        token.kind == language::Token::Kind::kString || token.kind == language::Token::Kind::kBlockString;
    if (is_string) text += '"';
    text += token.text;
    if (is_string) text += '"';
    text += ' ';
  }
}

}  // namespace busflow::graphql
