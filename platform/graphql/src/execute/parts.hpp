#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include <platform/graphql/engine.hpp>

#include "compile/plan_parts.hpp"
#include "execute/action.hpp"
#include "execute/limits.hpp"

namespace busflow::graphql {

/// What one request needs once it is planned and bound.
struct Prepared {
  std::shared_ptr<const Plan> plan;
  std::vector<postgres::Parameters> reads;     ///< Of the plan's statements.
  std::vector<postgres::Parameters> joins;     ///< Of its joins.
  std::vector<postgres::PipelineCall> writes;  ///< Of all fields' steps, in order.
  /// Of sources whose triggers look for the session: what leaves it in a transaction.
  std::map<std::string, postgres::PipelineCall> introductions;
  TimeLimit time{};  ///< Begins when the plan is run.
};

/// All of the plan's, in the order in which they are carried out.
std::vector<const PlanStep*> steps_of(const PlanParts& plan);

/// The response body around a data object.
std::string data_response(std::string_view data);

/// Runs a plan in parts: the statements or the mutations, then the actions in order. The response body. What the
/// pointer refers to outlives the coroutine.
boost::asio::awaitable<std::string> run_parts(ExecutionResources resources, const ActionEnvironment* environment,
                                              Prepared prepared, std::vector<json::Object> inputs);

}  // namespace busflow::graphql
