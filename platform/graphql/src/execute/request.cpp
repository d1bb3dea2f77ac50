#include <platform/graphql/request.hpp>

#include "execute/request_view.hpp"

namespace busflow::graphql {
namespace {

std::unexpected<Error> wrong(std::string detail, std::string path) {
  return fail(ErrorName::kParseFailed, std::move(detail), std::move(path));
}

std::string_view view(const json::String& text) { return {text.data(), text.size()}; }

}  // namespace

Result<RequestView> view_request(const json::Value& payload) {
  static const json::Object kNoVariables;
  const auto* object = payload.if_object();
  if (object == nullptr) return wrong("expected an object with the key 'query'", "$");
  RequestView request;
  request.variables = &kNoVariables;
  const json::Value* query = object->if_contains("query");
  if (const json::Value* extensions = object->if_contains("extensions");
      extensions != nullptr && extensions->is_object()) {
    if (extensions->get_object().contains("persistedQuery"))
      return fail(ErrorName::kNotSupported, "Automatic Persisted Queries is not enabled", "$");
  }
  if (query == nullptr) return wrong("the key 'query' was not present", "$");
  if (!query->is_string()) return wrong("expected a string for 'query'", "$.query");
  request.query = view(query->get_string());
  if (const json::Value* name = object->if_contains("operationName"); name != nullptr && !name->is_null()) {
    if (!name->is_string()) return wrong("expected a string for 'operationName'", "$.operationName");
    request.operation_name = view(name->get_string());
  }
  if (const json::Value* variables = object->if_contains("variables"); variables != nullptr && !variables->is_null()) {
    if (!variables->is_object()) return wrong("expected an object for 'variables'", "$.variables");
    request.variables = &variables->get_object();
  }
  return request;
}

Result<Request> to_request(const json::Value& payload) {
  BUSFLOW_TRY(const RequestView found, view_request(payload));
  return Request{std::string(found.query), std::string(found.operation_name), *found.variables};
}

Result<Request> parse_request(std::string_view body) {
  BUSFLOW_TRY(const json::Value payload, json::parse(body));
  return to_request(payload);
}

}  // namespace busflow::graphql
