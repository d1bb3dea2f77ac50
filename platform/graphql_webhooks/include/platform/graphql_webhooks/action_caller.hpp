#pragma once

#include <expected>

#include <platform/graphql/webhook_call.hpp>
#include <platform/graphql_webhooks/template_address.hpp>
#include <platform/http_client/client.hpp>

namespace busflow::graphql_webhooks {

/// Calls the webhooks of actions as Hasura v2 does (https://hasura.io/docs/2.0/actions/action-handlers): a
/// POST with the action's name, its input, the session's variables and the operation; answers of 2xx are the value,
/// those of 4xx the client's error, everything else is an internal one. Thread-safe. The client outlives it.
class ActionCaller {
 public:
  /// The environment is for {{NAME}} in addresses and for headers with value_from_env.
  ActionCaller(const http_client::Client& client, Environment environment)
      : client_(client), environment_(std::move(environment)) {}

  /// A graphql::WebhookCaller.
  std::expected<json::Value, json::Object> operator()(Context& context, const graphql::WebhookCall& call) const;

  /// The two halves of it, for whoever sends the request himself. Errors: a variable that is not set, a transform that
  /// fails.
  Result<http_client::Request> request(const Context& context, const graphql::WebhookCall& call) const;
  std::expected<json::Value, json::Object> read(const Context& context, const graphql::WebhookCall& call,
                                                const Result<http_client::Response>& answer) const;

 private:
  std::expected<json::Value, json::Object> transformed(const Context& context, const graphql::WebhookCall& call,
                                                       json::Value answer, std::uint16_t status) const;

  const http_client::Client& client_;
  Environment environment_;
};

}  // namespace busflow::graphql_webhooks
