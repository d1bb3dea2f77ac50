#pragma once

#include <memory>
#include <optional>

#include <platform/rate_limit/limiter.hpp>
#include <platform/redis/client.hpp>
#include <platform/telemetry/logger.hpp>

namespace busflow::graphql_app {

/// Counts for the metadata's rate limits: in Redis, where there is one, for all instances together; else in this
/// process.
std::unique_ptr<rate_limit::Limiter> make_limiter(std::optional<redis::Options> redis, const telemetry::Logger& logger);

}  // namespace busflow::graphql_app
