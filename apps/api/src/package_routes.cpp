#include "package_routes.hpp"

namespace busflow::api {
namespace {

application::RouteRequest to_route_request(const http::Request& request) {
  application::RouteRequest converted{.method = request.method,
                                      .body = request.body,
                                      .path_parameters = request.path_parameters,
                                      .query = request.query_parameters(),
                                      .headers = {},
                                      .remote_address = request.remote_address};
  for (const auto& [name, value] : request.headers) converted.headers.emplace(name, value);
  return converted;
}

http::Response to_http_response(application::RouteResponse response) {
  auto converted = http::Response::json(std::move(response.body), response.status);
  converted.headers = std::move(response.headers);
  converted.content_type = std::move(response.content_type);
  return converted;
}

}  // namespace

void add_package_routes(http::Router& router, const http::SynchronousEnvironment& environment,
                        const std::vector<application::Module>& modules) {
  for (const auto& module : modules) {
    for (const auto& route : module.routes) {
      router.add(route.method, route.path,
                 http::on_workers(
                     environment,
                     [handle = route.handle](Context& context, const http::Request& request) -> Result<http::Response> {
                       BUSFLOW_TRY(auto response, handle(context, to_route_request(request)));
                       return to_http_response(std::move(response));
                     }));
    }
  }
}

}  // namespace busflow::api
