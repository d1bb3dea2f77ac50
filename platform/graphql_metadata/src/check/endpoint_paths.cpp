#include "check/endpoint_paths.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include <platform/graphql/document_facts.hpp>
#include <platform/graphql/metadata/parts.hpp>

namespace busflow::graphql_metadata {

using graphql::metadata::Metadata;
using graphql::metadata::RestEndpoint;

namespace {

bool is_variable(std::string_view segment) { return segment.starts_with(':'); }

bool overlap(const RestEndpoint& a, const RestEndpoint& b) {
  const auto has_method = [&](const std::string& method) {
    return std::ranges::find(b.methods, method) != b.methods.end();
  };
  if (std::ranges::none_of(a.methods, has_method)) return false;
  const auto left = path_segments(a.url);
  const auto right = path_segments(b.url);
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i] != right[i] && !is_variable(left[i]) && !is_variable(right[i])) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> path_segments(std::string_view url) {
  std::vector<std::string> segments;
  for (;;) {
    const auto slash = url.find('/');
    segments.emplace_back(url.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    url.remove_prefix(slash + 1);
  }
}

std::string endpoint_problem(const Metadata& metadata, const RestEndpoint& endpoint) {
  std::set<std::string> variables;
  for (const auto& segment : path_segments(endpoint.url)) {
    if (segment.empty() || segment == ":")
      return fmt::format("Empty segments or unnamed variables are not allowed: {}", endpoint.url);
    if (is_variable(segment) && !variables.insert(segment).second)
      return fmt::format("Duplicate variables found in endpoint path: {}", endpoint.url);
  }
  const auto wrong = [&](const std::string& what) {
    return fmt::format("Inconsistent object: in endpoint {}: {}", endpoint.name, what);
  };
  const auto* collection = metadata.find_collection(endpoint.collection);
  if (collection == nullptr)
    return wrong(fmt::format("collection with name \"{}\" does not exist", endpoint.collection));
  const auto* query = collection->find(endpoint.query);
  if (query == nullptr) {
    return wrong(
        fmt::format("query with name {} does not exist in collection {}", endpoint.query, endpoint.collection));
  }
  const auto kinds = graphql::operation_kinds(query->query);
  if (!kinds) return wrong(fmt::format("query with name {} is not a valid GraphQL document", endpoint.query));
  if (kinds->size() != 1) return wrong(fmt::format("query with name {} has multiple operations", endpoint.query));
  if (kinds->front() == graphql::OperationKind::kSubscription)
    return wrong(fmt::format("query with name {} is a subscription", endpoint.query));
  return {};
}

std::vector<std::vector<const RestEndpoint*>> ambiguous_groups(const std::vector<RestEndpoint>& endpoints) {
  std::vector<std::vector<const RestEndpoint*>> groups;
  std::set<const RestEndpoint*> grouped;
  for (const auto& endpoint : endpoints) {
    // Groups are named after their member with the most variables, which clashes with the others.
    std::vector<const RestEndpoint*> group{&endpoint};
    for (const auto& other : endpoints) {
      if (&other != &endpoint && overlap(endpoint, other)) group.push_back(&other);
    }
    const auto variables = std::ranges::count_if(path_segments(endpoint.url), is_variable);
    if (group.size() < 2 || variables == 0 || grouped.contains(&endpoint)) continue;
    grouped.insert(group.begin(), group.end());
    std::ranges::sort(group, {}, [](const RestEndpoint* each) { return each->url; });
    groups.push_back(std::move(group));
  }
  // Equal paths without any variable clash as well.
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    for (std::size_t j = i + 1; j < endpoints.size(); ++j) {
      if (endpoints[i].url == endpoints[j].url && overlap(endpoints[i], endpoints[j]) &&
          !grouped.contains(&endpoints[i]) && !grouped.contains(&endpoints[j])) {
        groups.push_back({&endpoints[i], &endpoints[j]});
      }
    }
  }
  return groups;
}

json::Value endpoint_definition(const RestEndpoint& endpoint) {
  json::Value definition = graphql::metadata::encode(endpoint);
  json::Object& object = definition.get_object();
  if (!object.contains("comment")) object["comment"] = nullptr;
  return definition;
}

}  // namespace busflow::graphql_metadata
