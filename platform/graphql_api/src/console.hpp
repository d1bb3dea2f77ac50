#pragma once

#include <string>

#include <platform/http/router.hpp>

namespace busflow::graphql_api {

/// Serves the console's page at / and the files beside it at /console/…. Read once: a file that changes is seen after a
/// restart.
void add_console(http::Router& router, const std::string& folder);

}  // namespace busflow::graphql_api
