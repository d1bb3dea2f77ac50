#pragma once

#include <platform/base/result.hpp>

#include "configuration.hpp"

namespace busflow::graphql_app {

/// Serves until a signal.
Result<void> serve(const Configuration& configuration);

}  // namespace busflow::graphql_app
