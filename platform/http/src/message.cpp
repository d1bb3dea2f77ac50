#include <platform/http/message.hpp>

#include <boost/beast/http/status.hpp>

#include <platform/json/json.hpp>

namespace busflow::http {
namespace {

int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hexadecimal(text[i + 1]) >= 0 && hexadecimal(text[i + 2]) >= 0) {
      result.push_back(static_cast<char>(hexadecimal(text[i + 1]) * 16 + hexadecimal(text[i + 2])));
      i += 2;
    } else {
      result.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return result;
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::string> Request::query_parameter(std::string_view name) const {
  const auto parameters = query_parameters();
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, std::string, std::less<>> Request::query_parameters() const {
  std::map<std::string, std::string, std::less<>> parameters;
  std::string_view rest = query;
  while (!rest.empty()) {
    const auto part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const auto equals = part.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    parameters.emplace(percent_decode(part.substr(0, equals)), percent_decode(value));
  }
  return parameters;
}

Response Response::json(std::string body, std::uint16_t status) { return {.status = status, .body = std::move(body)}; }

Response Response::text(std::string body, std::uint16_t status) {
  return {.status = status, .body = std::move(body), .content_type = "text/plain; charset=utf-8"};
}

Response Response::from_error(const Error& error, std::string_view request_id) {
  const auto& info = error.info();
  json::Object object{{"name", info.id},
                      {"message", error.name == ErrorName::kInternal ? info.text : error.message()},
                      {"hint", info.hint},
                      {"request_id", request_id}};
  if (!error.path.empty()) object["path"] = error.path;
  auto response = json(json::serialize(json::Object{{"error", std::move(object)}}), info.http_status);
  if (info.http_status == 503 || info.http_status == 429) response.headers.emplace_back("retry-after", "1");
  if (error.name == ErrorName::kMethodNotAllowed) response.headers.emplace_back("allow", error.detail);
  return response;
}

std::string_view reason_phrase(std::uint16_t status) {
  const auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {text.data(), text.size()};
}

}  // namespace busflow::http
