#pragma once

#include <functional>
#include <string_view>

#include <platform/base/result.hpp>
#include <platform/base/session.hpp>
#include <platform/graphql/metadata.hpp>

namespace busflow::graphql_metadata {

/// Lets pass what the allow-listed collections hold, whatever its layout: for everybody or for the listed roles. The
/// role admin may ask anything.
std::function<Result<void>(const Session& session, std::string_view query)> allow_list_of(
    const graphql::metadata::Metadata& metadata);

}  // namespace busflow::graphql_metadata
