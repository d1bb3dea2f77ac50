#pragma once

#include <vector>

#include <platform/application/module.hpp>
#include <platform/http/router.hpp>
#include <platform/http/synchronous.hpp>

namespace busflow::api {

/// Serves the packages' own REST routes on worker threads.
void add_package_routes(http::Router& router, const http::SynchronousEnvironment& environment,
                        const std::vector<application::Module>& modules);
/// The same for files of any size. `environment` has threads of its own: a transfer may take an hour.
void add_transfer_routes(http::Router& router, const http::SynchronousEnvironment& environment,
                         const std::vector<application::Module>& modules);

}  // namespace busflow::api
