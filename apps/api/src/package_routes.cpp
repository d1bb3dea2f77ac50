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

/// A transfer of the server as packages see it.
class PackageTransfer final : public application::Transfer {
 public:
  explicit PackageTransfer(http::Transfer& transfer)
      : transfer_(transfer), request_(to_route_request(transfer.request())) {}

  const application::RouteRequest& request() const override { return request_; }
  Result<std::string> read() override { return transfer_.read(); }
  Result<void> begin(application::RouteResponse head, std::uint64_t length) override {
    return transfer_.begin(to_http_response(std::move(head)), length);
  }
  Result<void> write(std::string_view bytes) override { return transfer_.write(bytes); }

 private:
  http::Transfer& transfer_;
  application::RouteRequest request_;
};

}  // namespace

void add_transfer_routes(http::Router& router, const http::SynchronousEnvironment& environment,
                         const std::vector<application::Module>& modules) {
  for (const auto& module : modules) {
    for (const auto& route : module.transfer_routes) {
      router.add_transfer(
          route.method, route.path,
          http::transfer_on_workers(
              environment,
              [handle = route.handle](Context& context, http::Transfer& transfer) -> Result<http::Response> {
                PackageTransfer moving(transfer);
                BUSFLOW_TRY(auto response, handle(context, moving));
                return to_http_response(std::move(response));
              }));
    }
  }
}

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
