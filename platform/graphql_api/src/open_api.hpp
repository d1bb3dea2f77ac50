#pragma once

#include <platform/graphql/metadata.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql_api {

/// The REST endpoints of saved queries as OpenAPI 3.0.0 (https://spec.openapis.org/oas/v3.0.0).
json::Object open_api(const graphql::metadata::Metadata& metadata);

}  // namespace busflow::graphql_api
