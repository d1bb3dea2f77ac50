#pragma once

#include <platform/base/context.hpp>
#include <platform/graphql_metadata/problem.hpp>
#include <platform/graphql_metadata/service.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql_api {

/// {"query": {"query", "variables", "operationName"}, "user": {"x-hasura-role": …}} → what PostgreSQL would do:
/// [{"field", "sql", "plan": […]}] for queries, {"sql", "plan", "variables"} for subscriptions. Nothing is run.
graphql_metadata::Outcome<json::Value> explain(Context& context, graphql_metadata::Service& service,
                                               const json::Value& body);

}  // namespace busflow::graphql_api
