#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <platform/graphql/metadata/node.hpp>
#include <platform/graphql_webhooks/template_address.hpp>
#include <platform/http_client/message.hpp>
#include <platform/json/json.hpp>
#include <platform/kriti/template.hpp>

namespace busflow::graphql_webhooks {

/// What templates of a call know besides the body.
struct TransformContext {
  json::Object session_variables;
  const Environment& environment;
};

/// A body that is made by a template, or taken away.
struct BodyTransform {
  std::optional<kriti::Template> json;
  std::optional<std::vector<std::pair<std::string, kriti::Template>>> form;
  bool is_removed = false;
};

/// `request_transform` of actions and triggers (hasura.io/docs/2.0/actions/rest-connectors): a Kriti template for each
/// part of a request. Immutable, thread-safe.
class RequestTransform {
 public:
  /// The problem of the first template that cannot be read, or of a part that is of another form.
  static std::expected<RequestTransform, kriti::Problem> read(const graphql::metadata::Node& node);

  /// Changes the request, whose body was made of `body`. Templates see $body, $base_url, $query_params and
  /// $session_variables, and may call getSessionVariable and getEnvironmentVariable.
  std::expected<void, kriti::Problem> apply(http_client::Request& request, const json::Value& body,
                                            const TransformContext& context) const;

 private:
  using Texts = std::vector<std::pair<std::string, kriti::Template>>;

  std::optional<std::string> method_;
  std::optional<kriti::Template> url_;
  std::optional<Texts> query_;
  std::optional<kriti::Template> query_text_;
  Texts added_headers_;
  std::vector<std::string> removed_headers_;
  BodyTransform body_;
};

/// `response_transform`: what becomes of a webhook's answer. Immutable, thread-safe.
class ResponseTransform {
 public:
  static std::expected<ResponseTransform, kriti::Problem> read(const graphql::metadata::Node& node);

  /// Templates see $body, $status, $request (the body that was sent) and $session_variables.
  std::expected<json::Value, kriti::Problem> apply(const json::Value& answer, std::uint16_t status,
                                                   const json::Value& request, const TransformContext& context) const;

 private:
  BodyTransform body_;
};

}  // namespace busflow::graphql_webhooks
