#include <platform/graphql_api/authentication.hpp>

#include <algorithm>
#include <array>
#include <charconv>

#include <platform/base/text.hpp>
#include <platform/crypto/digest.hpp>
#include <platform/json/json.hpp>
#include <platform/token/token_memory.hpp>

#include "key_sets.hpp"

namespace busflow::graphql_api {
namespace {

namespace asio = boost::asio;
using graphql_server::Admission;
using graphql_server::find_header;
using graphql_server::Headers;

constexpr std::string_view kVariablePrefix = "x-hasura-";
constexpr std::string_view kSecret = "x-hasura-admin-secret";
constexpr std::string_view kOlderSecret = "x-hasura-access-key";
constexpr std::string_view kRole = "x-hasura-role";
constexpr std::string_view kBackend = "x-hasura-use-backend-only-permissions";
constexpr std::string_view kAdmin = "admin";

/// The reference's reading of a Boolean header.
Result<bool> read_flag(std::string_view name, std::string_view text) {
  const std::string value = lower_case(text);
  for (const std::string_view word : {"true", "t", "yes", "y"}) {
    if (value == word) return true;
  }
  for (const std::string_view word : {"false", "f", "no", "n"}) {
    if (value == word) return false;
  }
  return fail(
      ErrorName::kBadRequest,
      fmt::format(R"({}:  Not a valid boolean text. True values are ["true","t","yes","y"] and  False values are )"
                  R"(["false","f","no","n"]. All values are case insensitive)",
                  name));
}

/// The role and the variables that the headers name, believed as they are.
Result<Session> named_session(const Headers& headers, std::string_view default_role) {
  std::map<std::string, std::string, std::less<>> variables;
  for (const auto& [name, value] : headers) {
    if (name.starts_with(kVariablePrefix) && name != kSecret && name != kOlderSecret) variables.emplace(name, value);
  }
  if (const auto backend = find_header(headers, kBackend)) {
    BUSFLOW_TRY(const bool is_backend, read_flag(kBackend, *backend));
    variables[std::string(kBackend)] = is_backend ? "true" : "false";
  }
  const std::string role(find_header(headers, kRole).value_or(default_role));
  variables[std::string(kRole)] = role;
  return Session(role, std::move(variables));
}

/// A token without "x-hasura-role" is for its default role.
Result<Admission> session_of(const token::VerifiedToken& verified, const Headers& headers) {
  BUSFLOW_TRY(auto session, token::session_for(verified, find_header(headers, kRole)));
  return Admission{.session = std::move(session), .expires_at = verified.expires_at};
}

class ConfiguredAuthenticator final : public graphql_server::Authenticator {
 public:
  ConfiguredAuthenticator(AuthenticationOptions options, AuthenticationParts parts)
      : options_(std::move(options)), parts_(std::move(parts)), key_sets_(parts_.client) {}

  asio::awaitable<Result<Admission>> admit(Headers headers) const override {
    if (options_.admin_secret.empty()) co_return as_named(headers);
    if (const auto shown = shown_secret(headers)) {
      if (!crypto::equal_in_constant_time(*shown, options_.admin_secret)) {
        co_return fail(ErrorName::kRoleNotAllowed, R"(invalid "x-hasura-admin-secret"/"x-hasura-access-key")");
      }
      co_return as_named(headers);
    }
    if (!options_.jwt.empty()) co_return co_await admit_token(std::move(headers));
    if (!options_.hook.empty()) co_return co_await ask_hook(std::move(headers));
    if (options_.unauthorized_role) co_return as_role(*options_.unauthorized_role);
    co_return fail(ErrorName::kRoleNotAllowed,
                   R"("x-hasura-admin-secret"/"x-hasura-access-key" required, but not found)");
  }

 private:
  static std::optional<std::string_view> shown_secret(const Headers& headers) {
    const auto shown = find_header(headers, kSecret);
    return shown ? shown : find_header(headers, kOlderSecret);
  }

  /// Of who may be whom they like.
  static Result<Admission> as_named(const Headers& headers) {
    BUSFLOW_TRY(auto session, named_session(headers, kAdmin));
    return Admission{.session = std::move(session), .has_admin_secret = true};
  }

  static Admission as_role(const std::string& role) { return {.session = Session(role, {{std::string(kRole), role}})}; }

  // ---- Tokens
  // ---------------------------------------------------------------------------------------------------------

  /// A token as it was shown, and the secret whose place it was in. Nothing when none was shown.
  struct Shown {
    const token::JwtSecret* secret = nullptr;
    std::string token;
  };

  Result<std::optional<Shown>> find_shown(const Headers& headers) const {
    for (const token::JwtSecret& secret : options_.jwt) {
      const auto own = secret.name.empty() ? std::nullopt : find_header(headers, secret.name);
      BUSFLOW_TRY(auto text, token::find_token(secret, find_header(headers, "authorization"),
                                               find_header(headers, "cookie"), own));
      if (text) return Shown{&secret, *std::move(text)};
    }
    return std::optional<Shown>{};
  }

  const token::JwtSecret* by_issuer(const std::string& payload) const {
    const auto parsed = json::parse(payload);
    const json::Value* issuer = parsed && parsed->is_object() ? parsed->get_object().if_contains("iss") : nullptr;
    const std::string name = issuer != nullptr && issuer->is_string() ? std::string(issuer->get_string()) : "";
    const token::JwtSecret* any = nullptr;
    for (const token::JwtSecret& secret : options_.jwt) {
      if (!secret.issuer.empty() && secret.issuer == name) return &secret;
      if (secret.issuer.empty()) any = &secret;
    }
    return any;
  }

  asio::awaitable<Result<Admission>> admit_token(Headers headers) const {
    const auto found = find_shown(headers);
    if (!found) co_return std::unexpected(found.error());
    const std::optional<Shown>& shown = *found;
    if (!shown.has_value()) {
      if (options_.unauthorized_role) co_return as_role(*options_.unauthorized_role);
      co_return fail(ErrorName::kAuthenticationRequired,
                     "Missing 'Authorization' or 'Cookie' header in JWT authentication mode");
    }
    const WallTime now = parts_.clock.now();
    if (const auto known = memory_.find(shown->token, now)) co_return session_of(*known, headers);
    const auto taken = token::take_apart(shown->token);
    if (!taken) co_return std::unexpected(taken.error());
    const token::UnverifiedToken& token = *taken;
    const token::JwtSecret* chosen = options_.jwt.size() == 1 ? shown->secret : by_issuer(token.payload);
    if (chosen == nullptr) co_return fail(ErrorName::kInvalidToken, "Could not verify JWT: JWTNotInIssuer");
    const token::JwtSecret& secret = *chosen;
    bool is_good = false;
    if (secret.key) {
      is_good = token::is_signed_by(token, *secret.key);
    } else {
      auto keys = key_sets_.known(secret.key_set_url, token.key_id, parts_.clock.steady_now());
      if (keys == nullptr) {
        auto fetched = co_await fetch_keys(secret.key_set_url);
        if (!fetched) co_return std::unexpected(fetched.error());
        keys = std::move(*fetched);
      }
      is_good = std::ranges::any_of(*keys, [&](const token::VerificationKey& key) {
        return (token.key_id.empty() || key.id.empty() || key.id == token.key_id) && token::is_signed_by(token, key);
      });
    }
    if (!is_good) co_return fail(ErrorName::kInvalidToken, "Could not verify JWT: JWSError JWSInvalidSignature");
    auto checked = token::check_claims(secret, token.payload, now);
    if (!checked) co_return std::unexpected(checked.error());
    checked->variables.erase(std::string(kBackend));  // What only backends may ask for never comes from a token.
    const auto verified = std::make_shared<const token::VerifiedToken>(std::move(*checked));
    // Keys that are fetched may be withdrawn at any time.
    if (secret.key) memory_.keep(shown->token, verified, now);
    co_return session_of(*verified, headers);
  }

  asio::awaitable<Result<std::shared_ptr<const token::KeySet>>> fetch_keys(std::string url) const {
    auto fetched = co_await runtime::run_on<std::shared_ptr<const token::KeySet>>(parts_.workers, [this, url] {
      Context context{.clock = parts_.clock, .identifiers = parts_.identifiers};
      return key_sets_.fetch(context, url);
    });
    if (!fetched)
      parts_.logger.error("a key set cannot be read", {{"url", url}, {"reason", fetched.error().message()}});
    co_return fetched;
  }

  // ---- Hook
  // -----------------------------------------------------------------------------------------------------------

  asio::awaitable<Result<Admission>> ask_hook(Headers headers) const {
    auto response = co_await runtime::run_on<http_client::Response>(parts_.workers, [this, headers] {
      Context context{.clock = parts_.clock, .identifiers = parts_.identifiers};
      return parts_.client.send(context, hook_request(headers));
    });
    if (!response) {
      parts_.logger.error("the authentication hook cannot be reached", {{"reason", response.error().message()}});
      co_return fail(ErrorName::kInternal, "webhook authentication request failed");
    }
    co_return read_hook(*response);
  }

  http_client::Request hook_request(const Headers& headers) const {
    http_client::Request request{.url = options_.hook, .timeout = std::chrono::seconds(10)};
    constexpr std::array kDropped = {"content-length", "content-type", "host",       "accept",    "accept-encoding",
                                     "connection",     "origin",       "user-agent", "keep-alive"};
    json::Object object;
    for (const auto& [name, value] : headers) {
      if (std::ranges::find(kDropped, name) != kDropped.end()) continue;
      object[name] = value;
      if (!options_.hook_gets_body) request.headers.emplace_back(name, value);
    }
    if (options_.hook_gets_body) {
      request.method = "POST";
      request.headers.emplace_back("content-type", "application/json");
      request.body = json::serialize(json::Object{{"headers", std::move(object)}, {"request", nullptr}});
    }
    return request;
  }

  Result<Admission> read_hook(const http_client::Response& response) const {
    if (response.status == 401) {
      return fail(ErrorName::kRoleNotAllowed, "Authentication hook unauthorized this request");
    }
    const auto parsed = json::parse(response.body);
    if (response.status != 200 || !parsed || !parsed->is_object())
      return fail(ErrorName::kInternal, "the authentication hook answered with something unexpected");
    std::map<std::string, std::string, std::less<>> variables;
    std::chrono::seconds lifetime{-1};
    for (const auto& [raw_name, value] : parsed->get_object()) {
      const auto name = lower_case(raw_name);
      const std::string text = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
      constexpr std::string_view kMaxAge = "max-age=";
      if (name.starts_with(kVariablePrefix) && name != kBackend) variables[name] = text;
      if (const auto at = text.find(kMaxAge); name == "cache-control" && at != std::string::npos) {
        std::int64_t seconds = 0;
        std::from_chars(text.data() + at + kMaxAge.size(), text.data() + text.size(), seconds);
        lifetime = std::chrono::seconds(seconds);
      }
    }
    const auto role = variables.find(kRole);
    if (role == variables.end())
      return fail(ErrorName::kRoleNotAllowed, "missing key in webhook response: x-hasura-role");
    const std::string name = role->second;
    Admission admission{.session = Session(name, std::move(variables))};
    if (lifetime.count() >= 0) admission.expires_at = parts_.clock.now() + lifetime;
    return admission;
  }

  const AuthenticationOptions options_;
  const AuthenticationParts parts_;
  mutable KeySets key_sets_;
  mutable token::TokenMemory memory_;
};

}  // namespace

std::unique_ptr<graphql_server::Authenticator> make_authenticator(AuthenticationOptions options,
                                                                  AuthenticationParts parts) {
  return std::make_unique<ConfiguredAuthenticator>(std::move(options), std::move(parts));
}

}  // namespace busflow::graphql_api
