#include <platform/graphql_webhooks/request_parts.hpp>

#include <platform/base/text.hpp>

namespace busflow::graphql_webhooks {

Result<http_client::Headers> read_headers(const std::vector<graphql::metadata::Header>& headers,
                                          const Environment& environment) {
  http_client::Headers read;
  for (const auto& header : headers) {
    std::string value = header.value.value_or("");
    if (header.value_from_env) {
      BUSFLOW_TRY(value, find_variable(environment, *header.value_from_env));
    }
    read.emplace_back(lower_case(header.name), std::move(value));
  }
  return read;
}

Result<void> transform_request(const std::optional<graphql::metadata::Node>& transform, http_client::Request& request,
                               const json::Value& body, const TransformContext& context) {
  if (!transform) return {};
  const auto read = RequestTransform::read(*transform);
  if (!read) return fail(ErrorName::kInvalidMetadata, read.error().message);
  if (const auto done = read->apply(request, body, context); !done)
    return fail(ErrorName::kInvalidMetadata, "the request could not be transformed: " + done.error().message);
  return {};
}

}  // namespace busflow::graphql_webhooks
