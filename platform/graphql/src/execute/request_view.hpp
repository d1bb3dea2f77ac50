#pragma once

#include <string_view>

#include <platform/base/result.hpp>
#include <platform/graphql/request.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql {

/// A request as it lies in the parsed body, which must outlive it: the hot path copies none of it.
struct RequestView {
  std::string_view query;
  std::string_view operation_name;
  const json::Object* variables = nullptr;
  SchemaKind schema = SchemaKind::kStandard;
  bool may_watch = false;   ///< Asynchronous actions, by a subscription.
  bool is_counted = false;  ///< As of Request.
};

Result<RequestView> view_request(const json::Value& payload);
inline RequestView view_request(const Request& request) {
  return {.query = request.query,
          .operation_name = request.operation_name,
          .variables = &request.variables,
          .schema = request.schema,
          .is_counted = request.is_counted};
}

}  // namespace busflow::graphql
