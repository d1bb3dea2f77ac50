#pragma once

#include <string>
#include <vector>

#include <platform/graphql/metadata.hpp>

namespace busflow::graphql_metadata {

/// "artists/:id" → {"artists", ":id"}.
std::vector<std::string> path_segments(std::string_view url);
/// What is wrong with an endpoint by itself; empty: nothing.
std::string endpoint_problem(const graphql::metadata::Metadata& metadata,
                             const graphql::metadata::RestEndpoint& endpoint);
/// Endpoints of which one request could mean several: each group has at least two.
std::vector<std::vector<const graphql::metadata::RestEndpoint*>> ambiguous_groups(
    const std::vector<graphql::metadata::RestEndpoint>& endpoints);
/// As messages about inconsistencies show it.
json::Value endpoint_definition(const graphql::metadata::RestEndpoint& endpoint);

}  // namespace busflow::graphql_metadata
