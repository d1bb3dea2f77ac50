#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include <platform/graphql/engine.hpp>

#include "execute/parts.hpp"

namespace busflow::graphql {

/// Asks for what the plan's joins lead to, one statement for all rows of each, and puts it into the data object.
/// Takes the parameters of the joins. What the pointers refer to outlives the coroutine.
boost::asio::awaitable<Result<std::string>> run_joins(ExecutionResources resources, const Context* context,
                                                      Prepared* prepared, std::string data);

}  // namespace busflow::graphql
