#include "explain.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/graphql/document_facts.hpp>

namespace busflow::graphql_api {
namespace {

using graphql_metadata::Outcome;
using graphql_metadata::Problem;
using graphql_metadata::refuse;

Session session_of(const json::Value* user) {
  std::map<std::string, std::string, std::less<>> variables;
  if (user != nullptr && user->is_object()) {
    for (const auto& [raw_name, value] : user->get_object()) {
      variables[lower_case(raw_name)] = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    }
  }
  const auto role = variables.find("x-hasura-role");
  const std::string name = role == variables.end() ? "admin" : role->second;
  variables["x-hasura-role"] = name;
  return {name, std::move(variables)};
}

Result<json::Array> plan_of(Context& context, postgres::Pool& pool, const graphql::BoundQuery& query) {
  const std::string name = fmt::format("explain{}", query.statement->id);
  const std::string sql = "EXPLAIN (FORMAT TEXT) " + query.statement->text;
  return pool.transact(context, {.read_only = true}, [&](postgres::Transaction& transaction) -> Result<json::Array> {
    BUSFLOW_TRY(const auto rows, transaction.execute({name, sql}, query.parameters));
    json::Array lines;
    for (std::size_t row = 0; row < rows.size(); ++row) lines.emplace_back(rows.text(row, 0));
    return lines;
  });
}

}  // namespace

Outcome<json::Value> explain(Context& context, graphql_metadata::Service& service, const json::Value& body) {
  const json::Value* query = body.is_object() ? body.get_object().if_contains("query") : nullptr;
  if (query == nullptr) return refuse("parse-failed", "key \"query\" not found", "$");
  BUSFLOW_TRY(const graphql::Request request, graphql::to_request(*query));
  const Session session = session_of(body.get_object().if_contains("user"));
  const auto snapshot = service.snapshot();
  BUSFLOW_TRY(const auto plan, snapshot->engine->plan(request, session));
  if (plan->kind() == graphql::OperationKind::kMutation)
    return refuse("invalid-params", "only queries can be explained", "$");
  const auto source = std::ranges::find(snapshot->metadata->sources, plan->source(), &graphql::metadata::Source::name);
  if (plan->statement() == nullptr || source == snapshot->metadata->sources.end())
    return json::Array{json::Object{{"field", "__typename"}, {"sql", nullptr}, {"plan", nullptr}}};
  BUSFLOW_TRY(const auto bound, snapshot->engine->bind(*plan, request, session));
  BUSFLOW_TRY(const auto pool, service.pools().pool(*source));
  BUSFLOW_TRY(json::Array lines, plan_of(context, *pool, bound));
  if (plan->kind() == graphql::OperationKind::kSubscription) {
    json::Object variables;
    for (const auto& [name, value] : session.variables()) variables[name] = value;
    return json::Object{
        {"sql", plan->live_statement()}, {"plan", std::move(lines)}, {"variables", std::move(variables)}};
  }
  const auto fields = graphql::root_fields(request.query);
  const std::string field = fields ? fmt::format("{}", fmt::join(*fields, ", ")) : std::string();
  return json::Array{json::Object{{"field", field}, {"sql", bound.statement->text}, {"plan", std::move(lines)}}};
}

}  // namespace busflow::graphql_api
