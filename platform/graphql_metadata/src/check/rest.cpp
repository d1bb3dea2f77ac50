#include "check/rest.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/graphql/metadata/parts.hpp>

#include "check/endpoint_paths.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Function;
using graphql::metadata::Inconsistency;
using graphql::metadata::Metadata;
using graphql::metadata::RestEndpoint;
using graphql::metadata::Source;
using Kind = ObjectId::Kind;

class RestChecker {
 public:
  RestChecker(const Metadata& metadata, const Catalogs& catalogs, std::vector<Inconsistency>& inconsistencies)
      : metadata_(metadata), catalogs_(catalogs), inconsistencies_(inconsistencies) {}

  std::vector<Finding> run() {
    for (const auto& source : metadata_.sources) {
      for (const auto& function : source.functions) {
        check_function(source, function);
        for (const auto& role : function.roles) {
          Finding& permission = findings_.emplace_back();
          permission.id = {Kind::kFunctionPermission, source.name, function.name, role};
          permission.type = "function_permission";
          permission.needs.insert({Kind::kFunction, source.name, function.name, ""});
        }
      }
    }
    for (const auto& role : metadata_.inherited_roles) inherited_role(role);
    for (const auto& endpoint : metadata_.rest_endpoints) rest_endpoint(endpoint);
    ambiguous_endpoints();
    return std::move(findings_);
  }

 private:
  void report(std::string type, std::string name, std::string object, std::string reason, json::Value definition) {
    inconsistencies_.push_back({.type = std::move(type),
                                .name = std::move(name),
                                .reason = std::move(reason),
                                .definition = std::move(definition),
                                .source = {},
                                .table = {},
                                .object = std::move(object)});
  }

  void check_function(const Source& source, const Function& function) {
    Finding& finding = findings_.emplace_back();
    finding.id = {Kind::kFunction, source.name, function.name, ""};
    finding.type = "function";
    const auto catalog = catalogs_.find(source.name);
    if (catalog == catalogs_.end()) return;
    const auto* known = catalog->second->find_function(function.name.schema, function.name.name);
    const std::string name = function.name.shortened();
    std::string problem;
    if (known == nullptr) {
      problem = fmt::format("no such function exists: \"{}\"", name);
    } else if (const auto misfit = misfit_of(function, *known); !misfit.empty()) {
      problem = fmt::format("the function \"{}\" cannot be tracked because {}", name, misfit);
    } else {
      const graphql::metadata::TableName rows{known->type_schema, known->type_name};
      finding.needs.insert({Kind::kTable, source.name, rows, ""});
      if (source.find_table(rows) == nullptr)
        problem = fmt::format("the function returns rows of \"{}\", which is not tracked", rows.shortened());
    }
    if (problem.empty()) return;
    inconsistencies_.push_back({.type = finding.type,
                                .name = fmt::format("function {} in source {}", name, source.name),
                                .reason = fmt::format("Inconsistent object: in function \"{}\": {}", name, problem),
                                .definition = graphql::metadata::encode(function.name),
                                .source = source.name,
                                .table = function.name,
                                .object = {}});
  }

  /// The words are the reference's (Hasura.Backends.Postgres.DDL.Function).
  static std::string_view misfit_of(const Function& function, const graphql::CatalogFunction& known) {
    if (!known.returns_row) return "the function does not return a \"COMPOSITE\" type";
    if (function.exposed_as == Function::Exposure::kMutation && !known.is_volatile) {
      return "the function was requested to be exposed as a mutation, but is not marked VOLATILE. Maybe the function "
             "was "
             "given the wrong volatility when it was defined?";
    }
    return {};
  }

  void inherited_role(const graphql::metadata::InheritedRole& role) {
    const auto leads_back = [&](const std::string& parent) {
      const auto line = graphql::metadata::lineage(metadata_.inherited_roles, parent);
      return std::ranges::find(line, role.name) != line.end();
    };
    if (std::ranges::none_of(role.roles, leads_back)) return;
    report("inherited_role", fmt::format("inherited_role {}", role.name), role.name,
           fmt::format("Inconsistent object: cycle detected in the inherited roles of \"{}\"", role.name),
           graphql::metadata::encode(role));
  }

  void rest_endpoint(const RestEndpoint& endpoint) {
    Finding& finding = findings_.emplace_back();
    finding.id = {Kind::kRestEndpoint, "", {"", ""}, endpoint.name};
    finding.type = "rest_endpoint";
    const std::string problem = endpoint_problem(metadata_, endpoint);
    if (problem.empty()) return;
    report("rest_endpoint", fmt::format("rest_endpoint {}", endpoint.name), endpoint.name, problem,
           endpoint_definition(endpoint));
  }

  void ambiguous_endpoints() {
    for (const auto& group : ambiguous_groups(metadata_.rest_endpoints)) {
      std::vector<std::string> urls;
      json::Array conflicts;
      for (const RestEndpoint* endpoint : group) {
        urls.push_back(endpoint->url);
        json::Object conflict = endpoint_definition(*endpoint).get_object();
        const auto* collection = metadata_.find_collection(endpoint->collection);
        const auto* query = collection == nullptr ? nullptr : collection->find(endpoint->query);
        conflict["definition"] = json::Object{{"query", query == nullptr ? "" : query->query}};
        conflicts.push_back(std::move(conflict));
      }
      Inconsistency problem;
      problem.type = "conflict";
      problem.reason = fmt::format("Ambiguous URL paths: {}", fmt::join(urls, ", "));
      problem.name = problem.reason;
      problem.definition = std::move(conflicts);
      inconsistencies_.push_back(std::move(problem));
    }
  }

  const Metadata& metadata_;
  const Catalogs& catalogs_;
  std::vector<Inconsistency>& inconsistencies_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_rest(const Metadata& metadata, const Catalogs& catalogs,
                                std::vector<Inconsistency>& inconsistencies) {
  return RestChecker(metadata, catalogs, inconsistencies).run();
}

}  // namespace busflow::graphql_metadata
