#include "check/rest.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/graphql/metadata/parts.hpp>

#include "check/endpoint_paths.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Inconsistency;
using graphql::metadata::Metadata;
using graphql::metadata::RestEndpoint;
using Kind = ObjectId::Kind;

class RestChecker {
 public:
  RestChecker(const Metadata& metadata, std::vector<Inconsistency>& inconsistencies)
      : metadata_(metadata), inconsistencies_(inconsistencies) {}

  std::vector<Finding> run() {
    for (const auto& source : metadata_.sources) {
      for (const auto& function : source.functions) {
        Finding& finding = findings_.emplace_back();
        finding.id = {Kind::kFunction, source.name, function.name, ""};
        finding.type = "function";
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

  void inherited_role(const graphql::metadata::InheritedRole& role) {
    std::set<std::string> seen;
    if (!leads_to_itself(role.name, role.name, seen)) return;
    report("inherited_role", fmt::format("inherited_role {}", role.name), role.name,
           fmt::format("Inconsistent object: cycle detected in the inherited roles of \"{}\"", role.name),
           graphql::metadata::encode(role));
  }

  bool leads_to_itself(const std::string& from, const std::string& to, std::set<std::string>& seen) const {
    const auto* role = metadata_.find_inherited_role(from);
    if (role == nullptr || !seen.insert(from).second) return false;
    return std::ranges::any_of(
        role->roles, [&](const std::string& parent) { return parent == to || leads_to_itself(parent, to, seen); });
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
  std::vector<Inconsistency>& inconsistencies_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_rest(const Metadata& metadata, const Catalogs& /*catalogs*/,
                                std::vector<Inconsistency>& inconsistencies) {
  return RestChecker(metadata, inconsistencies).run();
}

}  // namespace busflow::graphql_metadata
