#include <platform/graphql_metadata/problem.hpp>

namespace busflow::graphql_metadata {

Problem::Problem(std::string problem_code, std::string text, std::string at, json::Value details,
                 std::uint16_t http_status)
    : code(std::move(problem_code)),
      message(std::move(text)),
      path(std::move(at)),
      internal(std::move(details)),
      status(http_status) {}

Problem::Problem(const Error& error)
    : code(error.name == ErrorName::kInvalidMetadata ? "parse-failed" : error.info().graphql_code),
      message(error.message()),
      path(error.path.empty() ? "$" : error.path),
      status(error.name == ErrorName::kInvalidMetadata ? 400 : error.info().http_status) {}

Problem Problem::within(const std::string& step) const {
  Problem moved = *this;
  moved.path = "$" + step + (path.starts_with('$') ? path.substr(1) : "");
  return moved;
}

std::string Problem::to_json() const {
  json::Object object{{"path", path}, {"error", message}, {"code", code}};
  if (!internal.is_null()) object["internal"] = internal;
  return json::serialize(object);
}

}  // namespace busflow::graphql_metadata
