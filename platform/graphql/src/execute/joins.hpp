#pragma once

#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include <platform/graphql/engine.hpp>

#include "compile/plan_parts.hpp"

namespace busflow::graphql {

/// Asks for what the plan's joins lead to, one statement for all rows of each, and puts it into the data object.
/// `parameters` are those of the joins' statements. What the pointers refer to outlives the coroutine.
boost::asio::awaitable<Result<std::string>> run_joins(ExecutionResources resources, const Context* context,
                                                      const PlanParts* plan,
                                                      std::vector<postgres::Parameters> parameters, std::string data);

}  // namespace busflow::graphql
