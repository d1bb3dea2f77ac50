#include <platform/http/standard_routes.hpp>

#include <platform/json/json.hpp>

namespace busflow::http {
namespace {

boost::asio::awaitable<Response> healthy(std::shared_ptr<Request>) { co_return Response::json(R"({"status":"ok"})"); }

boost::asio::awaitable<Response> render(telemetry::Metrics* metrics) {
  auto response = Response::text(metrics->render());
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  co_return response;
}

Response readiness(Context& context, const std::vector<ReadinessCheck>& checks) {
  json::Object results;
  bool ready = true;
  for (const auto& check : checks) {
    const auto result = check.check(context);
    ready = ready && result.has_value();
    results[check.name] = result ? "ok" : std::string(result.error().message());
  }
  const json::Object body{{"status", ready ? "ready" : "not ready"}, {"checks", std::move(results)}};
  return Response::json(json::serialize(body), ready ? 200 : 503);
}

}  // namespace

void add_standard_routes(Router& router, const SynchronousEnvironment& environment, telemetry::Metrics& metrics,
                         std::vector<ReadinessCheck> checks) {
  router.add("GET", "/healthz", healthy);
  router.add("GET", "/metrics", [target = &metrics](std::shared_ptr<Request>) { return render(target); });
  router.add(
      "GET", "/readyz",
      on_workers(environment, [checks = std::move(checks)](Context& context, const Request&) -> Result<Response> {
        return readiness(context, checks);
      }));
}

}  // namespace busflow::http
