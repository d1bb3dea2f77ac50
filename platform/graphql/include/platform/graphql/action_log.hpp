#pragma once

#include <optional>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/graphql/webhook_call.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql {

/// What has become of a call of an asynchronous action.
struct ActionRecord {
  std::string id;
  std::string created_at;  ///< In PostgreSQL's ISO 8601.
  json::Value response;    ///< Null until the webhook has answered.
  json::Value errors;      ///< {"code", "path", "error"} when it refused, or could not be asked.
};

/// Keeps the calls of asynchronous actions until somebody makes them, and then what came of them. Blocks; used from
/// worker threads, several at once.
class ActionLog {
 public:
  virtual ~ActionLog() = default;

  /// Keeps the call; its id, a UUID. Once this returns it is made, at least once.
  virtual Result<std::string> add(Context& context, const WebhookCall& call) = 0;
  /// Nothing when there is none, or when another session made it: equal variables are the same session, and
  /// administrators see all. kBadRequest when the id is no UUID.
  virtual Result<std::optional<ActionRecord>> find(Context& context, const std::string& action,
                                                   const std::string& id) = 0;
};

}  // namespace busflow::graphql
