#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <platform/base/result.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql {

/// Which of a role's schemas a request is about.
enum class SchemaKind : std::uint8_t {
  kStandard,
  kRelay,  ///< With nodes and connections: relay.dev/docs/guides/graphql-server-specification
};

/// One GraphQL request as clients send it: {"query", "operationName"?, "variables"?}.
struct Request {
  std::string query;
  std::string operation_name;  ///< Empty: the document has exactly one operation.
  json::Object variables;
  SchemaKind schema = SchemaKind::kStandard;
  bool is_counted = false;  ///< By Engine::count(), so that running it does not count again.
};

/// Reads the body of an HTTP request or the payload of a WebSocket message. Fields other than the three are ignored,
/// except `extensions.persistedQuery`, which is refused. Errors carry the codes of Hasura v2.
Result<Request> parse_request(std::string_view body);
Result<Request> to_request(const json::Value& payload);

}  // namespace busflow::graphql
