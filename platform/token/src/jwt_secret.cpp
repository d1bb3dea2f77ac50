#include <platform/token/jwt_secret.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/http_semantics/cookie.hpp>

namespace busflow::token {
namespace {

constexpr std::array<std::string_view, 14> kAlgorithms = {"HS256", "HS384", "HS512", "RS256",  "RS384",
                                                          "RS512", "PS256", "PS384", "PS512",  "ES256",
                                                          "ES384", "ES512", "EdDSA", "Ed25519"};

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorName::kInvalidSetting, fmt::format("HASURA_GRAPHQL_JWT_SECRET: {}", what));
}

std::string text(const json::Object& object, std::string_view key, std::string_view by_default = {}) {
  const json::Value* value = object.if_contains(key);
  return std::string(value != nullptr && value->is_string() ? std::string_view(value->get_string()) : by_default);
}

Result<void> read_key_of(const json::Object& settings, JwtSecret& secret) {
  secret.key_set_url = text(settings, "jwk_url");
  const std::string type = text(settings, "type");
  const std::string key = text(settings, "key");
  if (!secret.key_set_url.empty()) {
    if (!key.empty()) return wrong("give either 'key' or 'jwk_url'");
    return {};
  }
  if (key.empty()) return wrong("'key' or 'jwk_url' is missing");
  if (std::ranges::find(kAlgorithms, type) == kAlgorithms.end())
    return wrong(fmt::format("'type' must be one of {}", fmt::join(kAlgorithms, ", ")));
  BUSFLOW_TRY(secret.key, read_key(type, key));
  return {};
}

Result<void> read_header(const json::Object& settings, JwtSecret& secret) {
  const json::Value* header = settings.if_contains("header");
  if (header == nullptr || header->is_null()) return {};
  if (!header->is_object()) return wrong("'header' must be {\"type\": …}");
  const std::string type = text(header->get_object(), "type");
  secret.name = text(header->get_object(), "name");
  if (type == "Authorization") return {};
  if (secret.name.empty()) return wrong("'header' needs a name");
  if (type == "Cookie") {
    secret.place = JwtSecret::Place::kCookie;
  } else if (type == "CustomHeader") {
    secret.place = JwtSecret::Place::kHeader;
    secret.name = lower_case(secret.name);
  } else {
    return wrong("the type of 'header' must be Authorization, Cookie or CustomHeader");
  }
  return {};
}

Result<void> read_map(const json::Object& settings, JwtSecret& secret) {
  const json::Value* map = settings.if_contains("claims_map");
  if (map == nullptr || map->is_null()) return {};
  if (!map->is_object()) return wrong("'claims_map' must be an object");
  for (const auto& [raw_name, value] : map->get_object()) {
    const auto name = lower_case(raw_name);
    JwtSecret::Mapping mapping;
    if (value.is_object()) {
      mapping.path = text(value.get_object(), "path");
      if (mapping.path->empty()) return wrong(fmt::format("'claims_map' of {} needs a path", name));
      if (const json::Value* by_default = value.get_object().if_contains("default")) mapping.value = *by_default;
    } else {
      mapping.value = value;
    }
    secret.claims_map[name] = std::move(mapping);
  }
  for (const std::string_view needed : {"x-hasura-allowed-roles", "x-hasura-default-role"}) {
    if (!secret.claims_map.contains(std::string(needed)))
      return wrong(fmt::format("'claims_map' must say where {} comes from", needed));
  }
  return {};
}

}  // namespace

Result<JwtSecret> JwtSecret::read(const json::Value& value) {
  if (!value.is_object()) return wrong("not a JSON object");
  const json::Object& settings = value.get_object();
  JwtSecret secret;
  BUSFLOW_CHECK(read_key_of(settings, secret));
  BUSFLOW_CHECK(read_header(settings, secret));
  BUSFLOW_CHECK(read_map(settings, secret));
  secret.claims_namespace = text(settings, "claims_namespace", secret.claims_namespace);
  if (settings.contains("claims_namespace_path")) secret.claims_path = text(settings, "claims_namespace_path");
  const std::string format = text(settings, "claims_format", "json");
  if (format != "json" && format != "stringified_json")
    return wrong("'claims_format' must be json or stringified_json");
  secret.claims_are_text = format == "stringified_json";
  secret.issuer = text(settings, "issuer");
  if (const json::Value* audience = settings.if_contains("audience"); audience != nullptr && audience->is_string()) {
    secret.audiences.emplace_back(audience->get_string());
  } else if (audience != nullptr && audience->is_array()) {
    for (const json::Value& each : audience->get_array()) {
      if (!each.is_string()) return wrong("'audience' must hold texts");
      secret.audiences.emplace_back(each.get_string());
    }
  }
  if (const json::Value* skew = settings.if_contains("allowed_skew"); skew != nullptr && skew->is_int64())
    secret.allowed_skew = std::chrono::seconds(skew->get_int64());
  return secret;
}

Result<std::optional<std::string>> find_token(const JwtSecret& secret, std::optional<std::string_view> authorization,
                                              std::optional<std::string_view> cookie,
                                              std::optional<std::string_view> own_header) {
  if (secret.place == JwtSecret::Place::kAuthorization) {
    BUSFLOW_TRY(const auto bearer, bearer_token(authorization));
    return bearer ? std::optional<std::string>(*bearer) : std::nullopt;
  }
  if (secret.place == JwtSecret::Place::kHeader)
    return own_header ? std::optional<std::string>(*own_header) : std::nullopt;
  const auto value = http_semantics::cookie_value(cookie.value_or(""), secret.name);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}

}  // namespace busflow::token
