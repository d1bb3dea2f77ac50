#include "saved_queries.hpp"

#include <algorithm>

#include <platform/graphql/document_facts.hpp>

namespace busflow::graphql_api {
namespace {

using graphql::metadata::RestEndpoint;

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  for (;;) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool fits(const RestEndpoint& endpoint, const std::vector<std::string_view>& path, SavedCall& call) {
  const auto pattern = segments_of(endpoint.url);
  if (pattern.size() != path.size()) return false;
  call.endpoint = &endpoint;
  call.variables.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].starts_with(':')) {
      call.variables.emplace(pattern[i].substr(1), http::percent_decode(path[i]));
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return true;
}

/// A text from a path or a query string as a value of the variable's type.
json::Value value_of(const std::string& text, const std::string& type) {
  const bool is_text = type.starts_with("String") || type.starts_with("uuid") || type.starts_with("ID");
  if (is_text) return json::Value(text);
  if (auto parsed = json::parse(text)) return std::move(*parsed);
  return json::Value(text);
}

void add_pairs(json::Object& variables, std::string_view pairs, const std::map<std::string, std::string>& types) {
  while (!pairs.empty()) {
    const auto part = pairs.substr(0, pairs.find('&'));
    pairs.remove_prefix(std::min(pairs.size(), part.size() + 1));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const std::string name = http::percent_decode(part.substr(0, equals));
    const auto type = types.find(name);
    if (type == types.end()) continue;
    const std::string text = equals == std::string_view::npos ? "" : http::percent_decode(part.substr(equals + 1));
    variables[name] = value_of(text, type->second);
  }
}

}  // namespace

SavedMatch match_saved(const graphql::metadata::Metadata& metadata, std::string_view method, std::string_view path) {
  SavedMatch match;
  const auto segments = segments_of(path);
  for (const RestEndpoint& endpoint : metadata.rest_endpoints) {
    SavedCall call;
    if (!fits(endpoint, segments, call)) continue;
    if (std::ranges::find(endpoint.methods, method) != endpoint.methods.end()) {
      match.call = std::move(call);
      return match;
    }
    match.allowed_methods.insert(match.allowed_methods.end(), endpoint.methods.begin(), endpoint.methods.end());
  }
  return match;
}

json::Object saved_variables(const SavedCall& call, const http::Request& request, std::string_view query) {
  std::map<std::string, std::string> types;
  if (const auto declared = graphql::declared_variables(query)) types = *declared;
  json::Object variables;
  const auto content_type = request.header("content-type").value_or("");
  if (content_type.starts_with("application/x-www-form-urlencoded")) {
    add_pairs(variables, request.body, types);
  } else if (const auto body = json::parse(request.body); body && body->is_object()) {
    for (const auto& [key, value] : body->get_object()) {
      if (types.contains(std::string(key))) variables[key] = value;
    }
  }
  add_pairs(variables, request.query, types);
  for (const auto& [name, text] : call.variables) {
    const auto type = types.find(name);
    if (type != types.end()) variables[name] = value_of(text, type->second);
  }
  return variables;
}

}  // namespace busflow::graphql_api
