#pragma once

#include <optional>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/graphql_webhooks/template_address.hpp>
#include <platform/graphql_webhooks/transform.hpp>
#include <platform/http_client/message.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql_webhooks {

/// The headers of a webhook as the metadata has them, names in lower case, values out of the environment where it says
/// so. kInvalidSetting names a variable that is not set.
Result<http_client::Headers> read_headers(const std::vector<graphql::metadata::Header>& headers,
                                          const Environment& environment);

/// Applies a `request_transform`, where there is one, to the request, whose body was made of `body`. kInvalidMetadata
/// says what is wrong with it.
Result<void> transform_request(const std::optional<graphql::metadata::Node>& transform, http_client::Request& request,
                               const json::Value& body, const TransformContext& context);

}  // namespace busflow::graphql_webhooks
