#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/graphql/metadata/action.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql {

using ClientHeaders = std::vector<std::pair<std::string, std::string>>;  ///< Names in lower case.

/// One call of an action that somebody else serves.
struct WebhookCall {
  const metadata::Action& action;
  const json::Object& input;       ///< The arguments by name.
  std::string_view request_query;  ///< The whole operation, as the client sent it; empty when that is over.
  const ClientHeaders& client_headers;
  std::vector<std::string>* cookies = nullptr;  ///< Takes those that the answer sets.
};

/// Gives the webhook's answer, or an element of the response's "errors". Blocks; called on worker threads, several at
/// once. The context's session is whose call it is.
using WebhookCaller = std::function<std::expected<json::Value, json::Object>(Context&, const WebhookCall&)>;

}  // namespace busflow::graphql
