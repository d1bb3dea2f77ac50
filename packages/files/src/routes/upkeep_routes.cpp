#include <functional>

#include "routes/answer.hpp"
#include "routes/routes.hpp"

/// Nhost Storage's operations. Its admin secret is the staff's role here.
namespace busflow::files {
namespace {

using application::RouteRequest;
using application::RouteResponse;

using Keys = Result<std::vector<std::string>> (Upkeep::*)(Context&) const;
using Files = Result<std::vector<File>> (Upkeep::*)(Context&) const;

application::Route route(const std::shared_ptr<const Services>& services, std::string name,
                         std::function<Result<json::Object>(Context&)> work) {
  return {"POST", "/v1/storage/ops/" + std::move(name),
          [services, work = std::move(work)](Context& context, const RouteRequest& request) {
            const auto answer = [&]() -> Result<RouteResponse> {
              BUSFLOW_TRY(auto as, as_caller(*services, context, request));
              BUSFLOW_TRY(const auto body, work(as));
              return json_response(body);
            };
            return answered(answer());
          }};
}

application::Route keys_route(const std::shared_ptr<const Services>& services, std::string name, Keys keys) {
  return route(services, std::move(name), [services, keys](Context& context) -> Result<json::Object> {
    BUSFLOW_TRY(const auto found, (services->upkeep.*keys)(context));
    return json::Object{{"files", json::Array(found.begin(), found.end())}};
  });
}

application::Route files_route(const std::shared_ptr<const Services>& services, std::string name, Files files) {
  return route(services, std::move(name), [services, files](Context& context) -> Result<json::Object> {
    BUSFLOW_TRY(const auto found, (services->upkeep.*files)(context));
    json::Array list;
    for (const auto& file : found)
      list.emplace_back(
          json::Object{{"id", file.id}, {"name", file.name}, {"bucketId", file.bucket_id}, {"isUploaded", true}});
    return json::Object{{"metadata", std::move(list)}};
  });
}

}  // namespace

std::vector<application::Route> upkeep_routes(const std::shared_ptr<const Services>& services) {
  return {keys_route(services, "list-orphans", &Upkeep::orphans),
          keys_route(services, "delete-orphans", &Upkeep::remove_orphans),
          files_route(services, "list-broken-metadata", &Upkeep::broken),
          files_route(services, "delete-broken-metadata", &Upkeep::remove_broken),
          // A row comes after its bytes, so there is none without them.
          route(services, "list-not-uploaded", [](Context& context) -> Result<json::Object> {
            if (!is_staff(context.session)) return fail(ErrorName::kPermissionDenied, "you are not authorized");
            return json::Object{{"metadata", json::Array()}};
          })};
}

}  // namespace busflow::files
