#include <platform/graphql/document_facts.hpp>

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

}  // namespace busflow::graphql
