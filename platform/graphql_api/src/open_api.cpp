#include "open_api.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/graphql/document_facts.hpp>

namespace busflow::graphql_api {
namespace {

json::Object schema_of(const std::string& type) {
  if (type.starts_with('[')) return {{"type", "array"}};
  const std::string name = type.substr(0, type.find('!'));
  if (name == "Int") return {{"type", "integer"}};
  if (name == "Float") return {{"type", "number"}};
  if (name == "Boolean") return {{"type", "boolean"}};
  if (name == "uuid") return {{"type", "string"}, {"format", "uuid"}};
  if (name == "String") return {{"type", "string"}};
  return {};
}

/// "artists/:id" → "/api/rest/artists/{id}".
std::string path_of(std::string_view url, std::vector<std::string>& in_path) {
  std::string path = "/api/rest";
  while (true) {
    const auto segment = url.substr(0, url.find('/'));
    if (segment.starts_with(':')) {
      in_path.emplace_back(segment.substr(1));
      path += fmt::format("/{{{}}}", segment.substr(1));
    } else {
      path += fmt::format("/{}", segment);
    }
    if (segment.size() == url.size()) return path;
    url.remove_prefix(segment.size() + 1);
  }
}

}  // namespace

json::Object open_api(const graphql::metadata::Metadata& metadata) {
  json::Object paths;
  for (const auto& endpoint : metadata.rest_endpoints) {
    const auto* collection = metadata.find_collection(endpoint.collection);
    const auto* query = collection == nullptr ? nullptr : collection->find(endpoint.query);
    if (query == nullptr) continue;
    std::vector<std::string> in_path;
    const std::string path = path_of(endpoint.url, in_path);
    json::Array parameters;
    if (const auto variables = graphql::declared_variables(query->query)) {
      for (const auto& [name, type] : *variables) {
        const bool is_in_path = std::ranges::find(in_path, name) != in_path.end();
        parameters.push_back(json::Object{{"name", name},
                                          {"in", is_in_path ? "path" : "query"},
                                          {"required", is_in_path || type.ends_with('!')},
                                          {"schema", schema_of(type)}});
      }
    }
    json::Value& operations = paths[path];
    if (!operations.is_object()) operations = json::Object{};
    for (const auto& method : endpoint.methods) {
      operations.get_object()[lower_case(method)] = json::Object{
          {"summary", endpoint.name},
          {"description", fmt::format("{}\n***\nThe GraphQL query for this endpoint is:\n``` graphql\n{}\n```",
                                      endpoint.comment.value_or(""), query->query)},
          {"parameters", parameters},
          {"responses", json::Object{{"200", json::Object{{"description", "The data of the query"}}}}}};
    }
  }
  return {{"openapi", "3.0.0"},
          {"info", json::Object{{"title", "Rest Endpoints"}, {"version", ""}}},
          {"paths", std::move(paths)}};
}

}  // namespace busflow::graphql_api
