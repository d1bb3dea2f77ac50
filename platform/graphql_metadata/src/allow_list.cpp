#include "allow_list.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>

#include <platform/graphql/document_facts.hpp>

namespace busflow::graphql_metadata {

std::function<Result<void>(const Session& session, std::string_view query)> allow_list_of(
    const graphql::metadata::Metadata& metadata) {
  using Queries = std::set<std::string, std::less<>>;
  auto by_role = std::make_shared<std::map<std::string, Queries, std::less<>>>();  // "": for everybody
  for (const auto& entry : metadata.allow_list) {
    const auto* collection = metadata.find_collection(entry.collection);
    if (collection == nullptr) continue;
    for (const auto& saved : collection->queries) {
      const auto form = graphql::normal_form(saved.query);
      if (!form) continue;
      if (entry.is_global) (*by_role)[""].insert(*form);
      for (const auto& role : entry.roles) (*by_role)[role].insert(*form);
    }
  }
  return [by_role](const Session& session, std::string_view query) -> Result<void> {
    if (session.role() == "admin") return {};
    if (const auto form = graphql::normal_form(query)) {
      for (const std::string_view list : {std::string_view(), std::string_view(session.role())}) {
        const auto found = by_role->find(list);
        if (found != by_role->end() && found->second.contains(*form)) return {};
      }
    }
    return fail(ErrorName::kValidationFailed, "query is not in any of the allowlists", "$");
  };
}

}  // namespace busflow::graphql_metadata
