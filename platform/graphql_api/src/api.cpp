#include <platform/graphql_api/api.hpp>

#include <fmt/format.h>

#include <platform/graphql/error_response.hpp>

#include "console.hpp"
#include "explain.hpp"
#include "open_api.hpp"
#include "pg_dump.hpp"
#include "responses.hpp"
#include "saved_queries.hpp"

namespace busflow::graphql_api {
namespace {

namespace asio = boost::asio;
using graphql_metadata::Problem;
using graphql_metadata::Surface;

/// Who was refused at the door learns it with status 401, as from the reference.
http::Response unauthorized(const Error& error) {
  Problem problem(error);
  problem.path = "$";
  problem.status = 401;
  return refusal(problem);
}

asio::awaitable<http::Response> give(http::Response response) { co_return response; }

Problem admin_only() { return {"access-denied", "restricted access : admin only", "$.args"}; }

}  // namespace

asio::awaitable<http::Response> Api::administer(Request request, std::shared_ptr<const Answer> answer) {
  auto admission = co_await parts_.authenticator.admit(request->headers);
  if (!admission) co_return unauthorized(admission.error());
  if (admission->session.role() != "admin") co_return refusal(admin_only());
  auto context = make_context(parts_.environment, *request);
  context.session = std::move(admission->session);
  auto response = co_await runtime::run_on<http::Response>(
      parts_.environment.workers, [request, answer, context]() mutable -> Result<http::Response> {
        const auto body = request->method == "GET" ? Result<json::Value>(json::Value()) : json::parse(request->body);
        if (!body) return refusal({"invalid-json", std::string(body.error().message()), "$"});
        const auto result = (*answer)(context, *body);
        if (!result) return refusal(result.error());
        return http::Response::json(json::serialize(*result));
      });
  co_return settled(std::move(response));
}

http::Response Api::settled(Result<http::Response> result) const {
  if (result) return std::move(*result);
  if (result.error().name == ErrorName::kInternal) {
    parts_.environment.logger.error("an administrative request failed", {{"reason", result.error().message()}});
  }
  return refusal(Problem(result.error()));
}

void Api::add_administration(http::Router& router, const std::string& method, const std::string& path, Answer answer) {
  const auto shared = std::make_shared<const Answer>(std::move(answer));
  router.add(method, path, [this, shared](Request request) { return administer(std::move(request), shared); });
}

asio::awaitable<http::Response> Api::run_older_graphql(Request request) {
  auto admission = co_await parts_.authenticator.admit(request->headers);
  if (!admission) co_return unauthorized(admission.error());
  auto parsed = graphql::parse_request(request->body);
  if (!parsed) co_return refusal(Problem(parsed.error()));
  auto context = make_context(parts_.environment, *request);
  context.session = std::move(admission->session);
  const auto answer = co_await parts_.endpoint.execute(request, std::move(context), std::move(*parsed));
  co_return from_graphql(answer, true);
}

asio::awaitable<http::Response> Api::run_saved(Request request) {
  auto admission = co_await parts_.authenticator.admit(request->headers);
  if (!admission) co_return unauthorized(admission.error());
  const auto snapshot = parts_.service.snapshot();
  const auto match = match_saved(*snapshot->metadata, request->method, request->path_parameters["path"]);
  if (!match.call) {
    if (match.allowed_methods.empty())
      co_return refusal({"not-found", "Endpoint not found", "$", nullptr, std::uint16_t{404}});
    co_return refusal({"method-not-allowed", fmt::format("Allowed methods: {}", fmt::join(match.allowed_methods, ", ")),
                       "$", nullptr, std::uint16_t{405}});
  }
  const auto* collection = snapshot->metadata->find_collection(match.call->endpoint->collection);
  const auto* query = collection == nullptr ? nullptr : collection->find(match.call->endpoint->query);
  if (query == nullptr) co_return refusal({"not-found", "Endpoint not found", "$", nullptr, std::uint16_t{404}});
  graphql::Request saved;
  saved.query = query->query;
  saved.variables = saved_variables(*match.call, *request, query->query);
  auto context = make_context(parts_.environment, *request);
  context.session = std::move(admission->session);
  const auto answer = co_await parts_.endpoint.execute(request, std::move(context), std::move(saved));
  co_return from_graphql(answer, false);
}

asio::awaitable<http::Response> Api::dump(std::shared_ptr<http::Transfer> transfer) {
  auto admission = co_await parts_.authenticator.admit(transfer->request().headers);
  if (!admission) co_return unauthorized(admission.error());
  if (admission->session.role() != "admin") co_return refusal(admin_only());
  auto context = make_context(parts_.environment, transfer->request());
  context.session = std::move(admission->session);
  context.deadline = SteadyTime::max();  // It takes as long as the database is large.
  co_return settled(co_await runtime::run_on<http::Response>(
      parts_.environment.workers, [this, transfer, context]() mutable -> Result<http::Response> {
        if (!dump_places_.try_acquire())
          return fail(ErrorName::kOverloaded, fmt::format("{} dumps are being made; try again later", kMostDumps));
        const std::unique_ptr<decltype(dump_places_), void (*)(decltype(dump_places_)*)> place(
            &dump_places_, [](auto* places) { places->release(); });
        return answer_with_dump(context, {parts_.service, parts_.environment.logger, options_.pg_dump}, *transfer);
      }));
}

asio::awaitable<http::Response> Api::disconnect(Request request) {
  auto admission = co_await parts_.authenticator.admit(request->headers);
  if (!admission) co_return unauthorized(admission.error());
  if (admission->session.role() != "admin") co_return refusal(admin_only());
  const auto body = json::parse(request->body);
  const auto* object = body ? body->if_object() : nullptr;
  const auto* user_id = object == nullptr ? nullptr : object->if_contains("user_id");
  if (user_id == nullptr || !user_id->is_string()) {
    co_return refusal({"parse-failed", "expected {\"user_id\": \"…\"}", "$"});
  }
  parts_.endpoint.disconnect_user(std::string(user_id->get_string()));
  co_return http::Response::json(R"({"message":"success"})");
}

asio::awaitable<http::Response> Api::version() {
  co_return http::Response::json(json::serialize(json::Object{{"server_type", "ce"}, {"version", options_.version}}));
}

asio::awaitable<http::Response> Api::health(Request request) {
  const auto snapshot = parts_.service.snapshot();
  if (snapshot->is_consistent()) co_return http::Response::text("OK");
  if (request->query_parameter("strict").value_or("") == "true")
    co_return http::Response::text("ERROR: inconsistent objects in schema", 500);
  co_return http::Response::text("WARN: inconsistent objects in schema");
}

void Api::add_routes(http::Router& router) {
  const auto operations = [this](Surface surface) -> Answer {
    return [this, surface](Context& context, const json::Value& body) {
      return parts_.service.run(context, surface, body);
    };
  };
  if (options_.enabled.contains("metadata")) {
    add_administration(router, "POST", "/v1/metadata", operations(Surface::kMetadata));
    add_administration(router, "POST", "/v2/query", operations(Surface::kQueryV2));
    add_administration(router, "POST", "/v1/query", operations(Surface::kQueryV1));
    add_administration(router, "GET", "/api/swagger/json",
                       [this](Context&, const json::Value&) -> graphql_metadata::Outcome<json::Value> {
                         return json::Value(open_api(*parts_.service.snapshot()->metadata));
                       });
  }
  if (options_.enabled.contains("graphql")) {
    router.add("POST", "/v1/graphql/disconnect", [this](Request request) { return disconnect(std::move(request)); });
    router.add("POST", "/v1alpha1/graphql", [this](Request request) { return run_older_graphql(std::move(request)); });
    add_administration(router, "POST", "/v1/graphql/explain", [this](Context& context, const json::Value& body) {
      return explain(context, parts_.service, body);
    });
  }
  if (options_.enabled.contains("pgdump")) {
    router.add_transfer("POST", "/v1alpha1/pg_dump",
                        [this](std::shared_ptr<http::Transfer> transfer) { return dump(std::move(transfer)); });
  }
  if (options_.enabled.contains("config")) {
    add_administration(router, "GET", "/v1alpha1/config",
                       [this](Context&, const json::Value&) -> graphql_metadata::Outcome<json::Value> {
                         return json::Value(options_.configuration);
                       });
  }
  for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    router.add(method, "/api/rest/{path*}", [this](Request request) { return run_saved(std::move(request)); });
  }
  for (const std::string path : {"/healthz", "/hasura/healthz"}) {
    router.add("GET", path, [this](Request request) { return health(std::move(request)); });
  }
  router.add("GET", "/v1/version", [this](Request) { return version(); });
  if (!options_.console.empty()) add_console(router, options_.console);
  router.add_fallback([](const Request&) { return give(no_such_resource()); });
}

}  // namespace busflow::graphql_api
