#include <chrono>

#include "routes/answer.hpp"
#include "routes/routes.hpp"

namespace busflow::files {
namespace {

using application::RouteRequest;
using application::RouteResponse;

Result<RouteResponse> remove(const Services& services, const Context& context, const RouteRequest& request) {
  BUSFLOW_TRY(auto as, as_user(services, context, request));
  BUSFLOW_CHECK(services.files.remove(as, request.path_parameters.at("id")));
  return RouteResponse{.status = 204, .body = {}, .headers = {}};
}

Result<RouteResponse> sign(const Services& services, const Context& context, const RouteRequest& request) {
  BUSFLOW_TRY(auto as, as_user(services, context, request));
  const auto& id = request.path_parameters.at("id");
  BUSFLOW_TRY(const auto found, services.files.find(as, id));
  if (!found.bucket.has_signed_addresses)
    return fail(ErrorName::kPermissionDenied, "presigned URLs are not enabled for this bucket");
  const std::chrono::seconds lifetime(found.bucket.download_seconds);
  return json_response(
      {{"url", services.addresses.make(id, context.clock.now() + lifetime)}, {"expiration", lifetime.count()}});
}

using Work = Result<RouteResponse> (*)(const Services&, const Context&, const RouteRequest&);

application::Route route(const std::shared_ptr<const Services>& services, std::string method, std::string path,
                         Work work) {
  return {std::move(method), std::move(path),
          [services, work](Context& context, const RouteRequest& request) -> Result<RouteResponse> {
            return answered(work(*services, context, request));
          }};
}

}  // namespace

std::vector<application::Route> other_routes(const std::shared_ptr<const Services>& services) {
  return {route(services, "DELETE", "/v1/storage/files/{id}", remove),
          route(services, "GET", "/v1/storage/files/{id}/presignedurl", sign),
          {"GET", "/v1/storage/version", [](Context&, const RouteRequest&) -> Result<RouteResponse> {
             return json_response({{"buildVersion", "busflow"}});
           }}};
}

}  // namespace busflow::files
