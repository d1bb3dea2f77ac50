#include "responses.hpp"

namespace busflow::graphql_api {
namespace {

std::string text_of(const json::Object& object, std::string_view key, std::string_view by_default) {
  const json::Value* value = object.if_contains(key);
  return std::string(value != nullptr && value->is_string() ? std::string_view(value->get_string()) : by_default);
}

}  // namespace

http::Response refusal(const graphql_metadata::Problem& problem) {
  return http::Response::json(problem.to_json(), problem.status);
}

http::Response no_such_resource() {
  return refusal({"not-found", "resource does not exist", "$", nullptr, std::uint16_t{404}});
}

http::Response from_graphql(const graphql_server::Answer& answer, bool keeps_envelope) {
  const auto parsed = json::parse(answer.body);
  const json::Object* object = parsed ? parsed->if_object() : nullptr;
  if (object == nullptr) return http::Response::json(answer.body);
  const json::Value* errors = object->if_contains("errors");
  if (errors == nullptr || !errors->is_array() || errors->get_array().empty()) {
    if (keeps_envelope) return http::Response::json(answer.body);
    const json::Value* data = object->if_contains("data");
    return http::Response::json(data == nullptr ? "null" : json::serialize(*data));
  }
  const json::Object& error = errors->get_array().front().as_object();
  static const json::Object kNone;
  const json::Value* extensions = error.if_contains("extensions");
  const json::Object& details = extensions != nullptr && extensions->is_object() ? extensions->get_object() : kNone;
  const std::string code = text_of(details, "code", "unexpected");
  const bool is_too_often = answer.retry_after.count() > 0;
  auto response = refusal({code, text_of(error, "message", ""), text_of(details, "path", "$"), nullptr,
                           static_cast<std::uint16_t>(is_too_often ? 429 : (code == "unexpected" ? 500 : 400))});
  if (is_too_often) response.headers.emplace_back("retry-after", std::to_string(answer.retry_after.count()));
  return response;
}

}  // namespace busflow::graphql_api
