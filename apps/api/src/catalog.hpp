#pragma once

#include <memory>
#include <vector>

#include <platform/application/module.hpp>
#include <platform/base/context.hpp>
#include <platform/config/settings.hpp>
#include <platform/graphql/engine.hpp>
#include <platform/telemetry/logger.hpp>

namespace busflow::api {

/// Reads the database's catalog and makes the GraphQL engine of all packages. Without `count` nothing that the metadata
/// limits in its rate can be run.
Result<std::unique_ptr<graphql::Engine>> make_engine(Context& context, const config::Settings& settings,
                                                     const std::vector<application::Module>& modules,
                                                     const telemetry::Logger& logger,
                                                     graphql::CountOperation count = nullptr);

}  // namespace busflow::api
