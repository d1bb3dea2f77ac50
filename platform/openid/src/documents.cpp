#include "documents.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/json/json.hpp>

#include "id_token.hpp"

namespace busflow::openid {
namespace {

constexpr std::chrono::hours kKept{1};
constexpr std::chrono::seconds kLeastPause{30};
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::seconds kTroubleKept{5};

std::unexpected<Error> useless(const std::string& issuer, std::string_view reason) {
  return fail(ErrorName::kUpstreamInvalid, fmt::format("the discovery document of {} {}", issuer, reason));
}

bool offers_basic(const json::Object& document) {
  const auto* methods = document.if_contains("token_endpoint_auth_methods_supported");
  // OpenID Connect Discovery 1.0, section 3: client_secret_basic where nothing is said.
  return methods == nullptr || !methods->is_array() ||
         std::ranges::find(methods->get_array(), json::Value("client_secret_basic")) != methods->get_array().end();
}

}  // namespace

Result<std::string> Provider::Documents::fetch(Context& context, const std::string& url) {
  if (trouble_ && context.clock.steady_now() < troubled_at_ + kTroubleKept) return std::unexpected(*trouble_);
  const auto answered =
      client_.send(context, {.url = url, .headers = {{"accept", "application/json"}}, .timeout = kPatience});
  trouble_.reset();
  if (answered && answered->status == 200) return answered->body;
  // That one caller had no more time says nothing about the provider.
  if (!answered && !context.check()) return std::unexpected(answered.error());
  trouble_ = answered
                 ? Error{.name = ErrorName::kUpstreamInvalid,
                         .detail = fmt::format("{} answered {} where it publishes its keys", issuer_, answered->status)}
                 : answered.error();
  troubled_at_ = context.clock.steady_now();
  return std::unexpected(*trouble_);
}

Result<Provider::Documents::Discovery> Provider::Documents::discovery(Context& context) {
  const std::scoped_lock lock(mutex_);
  if (discovery_ && context.clock.steady_now() < discovered_at_ + kKept) return *discovery_;
  BUSFLOW_TRY(const auto text, fetch(context, issuer_ + "/.well-known/openid-configuration"));
  const auto parsed = json::parse(text);
  if (!parsed || !parsed->is_object()) return useless(issuer_, "is no JSON object");
  const json::Object& document = parsed->get_object();
  Discovery found{.issuer = text_of(document, "issuer"),
                  .authorization_url = text_of(document, "authorization_endpoint"),
                  .token_url = text_of(document, "token_endpoint"),
                  .keys_url = text_of(document, "jwks_uri"),
                  .takes_basic = offers_basic(document)};
  // Entra's common endpoint is not the issuer of its tokens, and says so with a placeholder.
  const bool is_theirs =
      found.issuer == issuer_ || found.issuer == issuer_ + "/" || found.issuer.contains("{tenantid}");
  if (!is_theirs) return useless(issuer_, "names another issuer");
  for (const auto* url : {&found.authorization_url, &found.token_url, &found.keys_url}) {
    if (!url->starts_with("https://")) return useless(issuer_, "lacks an address that begins with https://");
  }
  discovery_ = found;
  discovered_at_ = context.clock.steady_now();
  return found;
}

Result<token::KeySet> Provider::Documents::keys_for(Context& context, const token::UnverifiedToken& token) {
  BUSFLOW_TRY(const auto found, discovery(context));
  const std::scoped_lock lock(mutex_);
  const auto age = context.clock.steady_now() - keys_fetched_at_;
  if (keys_ && age < kKept && (has_key_for(token, *keys_) || age < kLeastPause)) return *keys_;
  BUSFLOW_TRY(const auto text, fetch(context, found.keys_url));
  keys_fetched_at_ = context.clock.steady_now();
  BUSFLOW_TRY(auto keys, token::read_key_set(text));
  keys_ = keys;
  return keys;
}

}  // namespace busflow::openid
