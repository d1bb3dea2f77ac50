#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include <platform/graphql/engine.hpp>

#include "compile/action_call.hpp"
#include "execute/limits.hpp"

namespace busflow::graphql {

/// What an action runs with. All of it outlives the coroutine.
struct ActionEnvironment {
  const std::map<std::string, ActionHandler>& handlers;
  const EngineOptions& options;
  Context& context;
  std::string_view request_query;
  TimeLimit time{};
};

/// Runs one action on a worker: its handler, or its webhook. The JSON text of the field's value, or an element of the
/// response's "errors".
boost::asio::awaitable<std::expected<std::string, std::string>> run_action(ExecutionResources resources,
                                                                           const ActionEnvironment* environment,
                                                                           const compile::ActionCall* call,
                                                                           json::Object input);

}  // namespace busflow::graphql
