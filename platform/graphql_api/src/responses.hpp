#pragma once

#include <string>
#include <string_view>

#include <platform/graphql_metadata/problem.hpp>
#include <platform/graphql_server/endpoint.hpp>
#include <platform/http/message.hpp>

namespace busflow::graphql_api {

/// {"path", "error", "code", "internal"?} with the problem's status.
http::Response refusal(const graphql_metadata::Problem& problem);
/// 404 "resource does not exist".
http::Response no_such_resource();

/// The answer of the GraphQL engine in the form of the REST-like endpoints: the data alone, or the first error as
/// above; a request that came too often has the status 429 and Retry-After. `keeps_envelope`: data stays under "data".
http::Response from_graphql(const graphql_server::Answer& answer, bool keeps_envelope);

}  // namespace busflow::graphql_api
