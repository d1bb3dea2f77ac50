#pragma once

#include <platform/base/session.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql {

/// A session as webhooks, triggers and logs are told of it: all its variables, and the role as "x-hasura-role".
inline json::Object session_variables(const Session& session) {
  json::Object variables{{"x-hasura-role", session.role()}};
  for (const auto& [name, value] : session.variables()) variables[name] = value;
  return variables;
}

}  // namespace busflow::graphql
