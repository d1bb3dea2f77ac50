#include "routes/answer.hpp"

#include <platform/base/text.hpp>

namespace busflow::files {

using application::RouteRequest;
using application::RouteResponse;

Result<Context> as_caller(const Services& services, const Context& context, const RouteRequest& request) {
  Context as_caller = context;
  const auto authorization = request.header("authorization").value_or("");
  if (authorization.empty()) return as_caller;
  BUSFLOW_TRY(const auto token, token::bearer_token(authorization));
  if (!token) return as_caller;
  BUSFLOW_TRY(const auto verified, services.verifier.verify(*token));
  const auto role = request.header("x-hasura-role").value_or("");
  BUSFLOW_TRY(as_caller.session, token::session_for(*verified, role.empty() ? std::nullopt : std::optional(role)));
  return as_caller;
}

Result<Context> as_user(const Services& services, const Context& context, const RouteRequest& request) {
  BUSFLOW_TRY(auto as, as_caller(services, context, request));
  if (as.session.user_id().empty()) return fail(ErrorName::kPermissionDenied, "you are not authorized");
  return as;
}

json::Object to_object(const File& file) {
  const auto metadata = json::parse(file.metadata);
  return {
      {"id", file.id},
      {"name", file.name},
      {"size", file.size},
      {"bucketId", file.bucket_id},
      {"etag", file.etag},
      {"createdAt", to_rfc3339(file.created_at)},
      {"updatedAt", to_rfc3339(file.updated_at)},
      {"isUploaded", true},
      {"mimeType", file.mime_type},
      {"uploadedByUserId", file.uploaded_by_user_id.empty() ? json::Value() : json::Value(file.uploaded_by_user_id)},
      {"metadata", metadata ? *metadata : json::Value()}};
}

std::uint16_t status_of(const Error& error) { return error.info().http_status; }

RouteResponse to_response(const Error& error) {
  const std::string_view message = error.name == ErrorName::kInternal ? error.info().text : error.message();
  return json_response({{"error", json::Object{{"message", message}}}}, status_of(error));
}

Result<RouteResponse> answered(Result<RouteResponse> result) {
  if (result || result.error().name == ErrorName::kInternal) return result;
  return to_response(result.error());
}

RouteResponse json_response(const json::Object& body, std::uint16_t status) {
  return {.status = status, .body = json::serialize(body), .headers = {}};
}

}  // namespace busflow::files
