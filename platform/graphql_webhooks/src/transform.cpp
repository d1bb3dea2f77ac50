#include <platform/graphql_webhooks/transform.hpp>

#include <algorithm>

#include <platform/base/text.hpp>

namespace busflow::graphql_webhooks {
namespace {

using graphql::metadata::Node;
using kriti::Problem;
using Texts = std::vector<std::pair<std::string, kriti::Template>>;

std::unexpected<Problem> wrong(std::string message) { return std::unexpected(Problem{.message = std::move(message)}); }

std::string text_of(const json::Value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

std::expected<Texts, Problem> read_texts(const Node& node) {
  if (node.kind != Node::Kind::kMap) return wrong("an object of templates is expected");
  Texts texts;
  for (const auto& [name, value] : node.entries) {
    auto read = kriti::Template::parse_text(value.text);
    if (!read) return std::unexpected(read.error());
    texts.emplace_back(name, std::move(*read));
  }
  return texts;
}

/// A text is a template of its own in version 1.
std::expected<BodyTransform, Problem> read_body(const Node& node) {
  BodyTransform body;
  const auto take = [&](const Node& text) -> std::expected<void, Problem> {
    auto read = kriti::Template::parse(text.text);
    if (!read) return std::unexpected(read.error());
    body.json = std::move(*read);
    return {};
  };
  if (node.kind == Node::Kind::kText) {
    if (auto done = take(node); !done) return std::unexpected(done.error());
    return body;
  }
  const Node* action = node.find("action");
  const std::string name = action == nullptr ? std::string() : action->text;
  if (name == "remove") {
    body.is_removed = true;
  } else if (name == "transform") {
    const Node* text = node.find("template");
    if (text == nullptr) return wrong("a body that is transformed needs a template");
    if (auto done = take(*text); !done) return std::unexpected(done.error());
  } else if (name == "x_www_form_urlencoded") {
    const Node* fields = node.find("form_template");
    if (fields == nullptr) return wrong("a form needs a form_template");
    auto read = read_texts(*fields);
    if (!read) return std::unexpected(read.error());
    body.form = std::move(*read);
  } else {
    return wrong("the action of a body is transform, remove or x_www_form_urlencoded");
  }
  return body;
}

kriti::Functions functions_for(const TransformContext& context) {
  kriti::Functions functions = kriti::standard_functions();
  functions["getSessionVariable"] = [&context](const json::Value& name) -> std::expected<json::Value, std::string> {
    if (!name.is_string()) return std::unexpected("Expected a string.");
    const auto* value = context.session_variables.if_contains(lower_case(std::string(name.get_string())));
    if (value == nullptr) return std::unexpected("The session has no such variable.");
    return *value;
  };
  functions["getEnvironmentVariable"] = [&context](const json::Value& name) -> std::expected<json::Value, std::string> {
    if (!name.is_string()) return std::unexpected("Expected a string.");
    auto value = find_variable(context.environment, std::string(name.get_string()));
    if (!value) return std::unexpected(std::string(value.error().message()));
    return json::Value(*value);
  };
  return functions;
}

struct Renderer {
  const kriti::Bindings& bindings;
  const kriti::Functions& functions;

  std::expected<std::string, Problem> text(const kriti::Template& made) const {
    auto value = made.render(bindings, functions);
    if (!value) return std::unexpected(value.error());
    return text_of(*value);
  }
  std::expected<http_client::Headers, Problem> texts(const Texts& made) const {
    http_client::Headers fields;
    for (const auto& [name, of] : made) {
      auto value = text(of);
      if (!value) return std::unexpected(value.error());
      fields.emplace_back(name, std::move(*value));
    }
    return fields;
  }
};

void set_header(http_client::Headers& headers, const std::string& name, std::string value) {
  std::erase_if(headers, [&](const auto& header) { return header.first == name; });
  headers.emplace_back(name, std::move(value));
}

std::expected<void, Problem> apply_body(const BodyTransform& transform, const Renderer& renderer,
                                        http_client::Request& request) {
  if (transform.is_removed) {
    request.body.clear();
  } else if (transform.json) {
    auto value = transform.json->render(renderer.bindings, renderer.functions);
    if (!value) return std::unexpected(value.error());
    request.body = json::serialize(*value);
  } else if (transform.form) {
    auto fields = renderer.texts(*transform.form);
    if (!fields) return std::unexpected(fields.error());
    request.body = http_client::encode_form(*fields);
    set_header(request.headers, "content-type", "application/x-www-form-urlencoded");
  }
  return {};
}

}  // namespace

std::expected<RequestTransform, Problem> RequestTransform::read(const Node& node) {
  RequestTransform transform;
  if (const Node* method = node.find("method")) transform.method_ = method->text;
  if (const Node* url = node.find("url")) {
    auto read = kriti::Template::parse_text(url->text);
    if (!read) return std::unexpected(read.error());
    transform.url_ = std::move(*read);
  }
  if (const Node* query = node.find("query_params")) {
    if (query->kind == Node::Kind::kText) {
      auto read = kriti::Template::parse_text(query->text);
      if (!read) return std::unexpected(read.error());
      transform.query_text_ = std::move(*read);
    } else {
      auto read = read_texts(*query);
      if (!read) return std::unexpected(read.error());
      transform.query_ = std::move(*read);
    }
  }
  if (const Node* headers = node.find("request_headers")) {
    if (const Node* added = headers->find("add_headers")) {
      auto read = read_texts(*added);
      if (!read) return std::unexpected(read.error());
      for (auto& [name, of] : *read) transform.added_headers_.emplace_back(lower_case(name), std::move(of));
    }
    if (const Node* removed = headers->find("remove_headers")) {
      for (const Node& name : removed->items) transform.removed_headers_.push_back(lower_case(name.text));
    }
  }
  if (const Node* body = node.find("body")) {
    auto read = read_body(*body);
    if (!read) return std::unexpected(read.error());
    transform.body_ = std::move(*read);
  }
  return transform;
}

std::expected<void, Problem> RequestTransform::apply(http_client::Request& request, const json::Value& body,
                                                     const TransformContext& context) const {
  const kriti::Functions functions = functions_for(context);
  kriti::Bindings bindings{{"$body", body},
                           {"$base_url", json::Value(request.url)},
                           {"$query_params", json::Object()},
                           {"$session_variables", context.session_variables}};
  const Renderer renderer{bindings, functions};
  if (query_) {
    auto fields = renderer.texts(*query_);
    if (!fields) return std::unexpected(fields.error());
    json::Object shown;
    for (const auto& [name, value] : *fields) shown[name] = value;
    bindings["$query_params"] = std::move(shown);
  }
  if (method_) request.method = *method_;
  if (url_) {
    auto url = renderer.text(*url_);
    if (!url) return std::unexpected(url.error());
    request.url = std::move(*url);
  }
  std::string query;
  if (query_) {
    query = http_client::encode_form(*renderer.texts(*query_));
  } else if (query_text_) {
    auto text = renderer.text(*query_text_);
    if (!text) return std::unexpected(text.error());
    query = text->starts_with('?') ? text->substr(1) : std::move(*text);
  }
  if (!query.empty()) request.url += (request.url.contains('?') ? "&" : "?") + query;
  for (const auto& name : removed_headers_)
    std::erase_if(request.headers, [&](const auto& header) { return header.first == name; });
  auto added = renderer.texts(added_headers_);
  if (!added) return std::unexpected(added.error());
  for (auto& [name, value] : *added) set_header(request.headers, name, std::move(value));
  return apply_body(body_, renderer, request);
}

std::expected<ResponseTransform, Problem> ResponseTransform::read(const Node& node) {
  ResponseTransform transform;
  if (const Node* body = node.find("body")) {
    auto read = read_body(*body);
    if (!read) return std::unexpected(read.error());
    transform.body_ = std::move(*read);
  }
  return transform;
}

std::expected<json::Value, Problem> ResponseTransform::apply(const json::Value& answer, std::uint16_t status,
                                                             const json::Value& request,
                                                             const TransformContext& context) const {
  if (!body_.json) return answer;
  const kriti::Functions functions = functions_for(context);
  const kriti::Bindings bindings{{"$body", answer},
                                 {"$status", json::Value(status)},
                                 {"$request", json::Object{{"body", request}}},
                                 {"$session_variables", context.session_variables}};
  return body_.json->render(bindings, functions);
}

}  // namespace busflow::graphql_webhooks
