#include <platform/openid/provider.hpp>

#include <fmt/format.h>

#include <platform/crypto/base64.hpp>
#include <platform/crypto/digest.hpp>
#include <platform/crypto/random.hpp>
#include <platform/json/json.hpp>
#include <platform/web_address/web_address.hpp>

#include "documents.hpp"
#include "github.hpp"
#include "id_token.hpp"

namespace busflow::openid {
namespace {

constexpr std::size_t kVerifierBytes = 32;
constexpr std::chrono::minutes kSecretLifetime{5};

std::string challenge(const std::string& verifier) { return crypto::encode_base64url(crypto::sha256(verifier)); }

std::unexpected<Error> not_exchanged(std::string_view reason) {
  return fail(ErrorName::kOauthTokenExchangeFailed, fmt::format("the provider did not take the code: {}", reason));
}

}  // namespace

std::string new_code_verifier() { return crypto::random_hex(kVerifierBytes); }

Provider::Provider(ProviderSettings settings, const http_client::Client& client)
    : settings_(std::move(settings)),
      client_(client),
      documents_(std::make_unique<Documents>(settings_.issuer, client)) {}
Provider::~Provider() = default;
Provider::Provider(Provider&&) noexcept = default;

Result<std::string> Provider::authorization_url(Context& context, const Authorization& authorization) const {
  std::vector<std::pair<std::string, std::string>> parameters{
      {"client_id", settings_.client_id}, {"redirect_uri", authorization.redirect_uri},
      {"response_type", "code"},          {"scope", settings_.scope},
      {"state", authorization.state},     {"code_challenge", challenge(authorization.code_verifier)},
      {"code_challenge_method", "S256"}};
  if (settings_.protocol == ProviderSettings::Protocol::kGitHub)
    return web_address::with_parameters(settings_.authorization_url, parameters);
  parameters.emplace_back("nonce", authorization.nonce);
  if (settings_.posts_answer) parameters.emplace_back("response_mode", "form_post");
  BUSFLOW_TRY(const auto discovery, documents_->discovery(context));
  return web_address::with_parameters(discovery.authorization_url, parameters);
}

/// Apple's is a token of our own: https://developer.apple.com/documentation/accountorganizationaldatasharing/
/// creating-a-client-secret
Result<std::string> Provider::client_secret(const Context& context, const std::string& audience) const {
  if (!settings_.signing_key) return settings_.client_secret;
  const auto now = std::chrono::floor<std::chrono::seconds>(context.clock.now());
  const json::Object claims{{"iss", settings_.team_id},
                            {"sub", settings_.client_id},
                            {"aud", audience},
                            {"iat", now.time_since_epoch().count()},
                            {"exp", (now + kSecretLifetime).time_since_epoch().count()}};
  return settings_.signing_key->sign(json::serialize(claims), settings_.key_id);
}

/// The body of the token endpoint's answer.
Result<std::string> Provider::token_answer(Context& context, const Authorization& authorization,
                                           const std::string& code) const {
  http_client::Request request{
      .method = "POST",
      .url = settings_.token_url,
      .headers = {{"content-type", "application/x-www-form-urlencoded"}, {"accept", "application/json"}}};
  http_client::Headers form{{"grant_type", "authorization_code"},
                            {"code", code},
                            {"redirect_uri", authorization.redirect_uri},
                            {"code_verifier", authorization.code_verifier}};
  bool takes_basic = false;
  if (settings_.protocol == ProviderSettings::Protocol::kOpenId) {
    BUSFLOW_TRY(const auto discovery, documents_->discovery(context));
    request.url = discovery.token_url;
    takes_basic = discovery.takes_basic;
  }
  BUSFLOW_TRY(const auto secret, client_secret(context, settings_.issuer));
  if (takes_basic) {
    // RFC 6749, section 2.3.1: both parts are encoded first.
    const auto pair = http_client::percent_encode(settings_.client_id) + ":" + http_client::percent_encode(secret);
    request.headers.emplace_back("authorization", "Basic " + crypto::encode_base64(pair));
  } else {
    form.emplace_back("client_id", settings_.client_id);
    form.emplace_back("client_secret", secret);
  }
  request.body = http_client::encode_form(form);
  auto answer = client_.send(context, request);
  if (!answer) return not_exchanged(answer.error().message());
  if (answer->status != 200) return not_exchanged(fmt::format("it answered {}", answer->status));
  return std::move(answer->body);
}

Result<Profile> Provider::exchange(Context& context, const Authorization& authorization,
                                   const std::string& code) const {
  BUSFLOW_TRY(const auto body, token_answer(context, authorization, code));
  const auto parsed = json::parse(body);
  if (!parsed || !parsed->is_object()) return not_exchanged("its answer is no JSON object");
  const json::Object& fields = parsed->get_object();
  // GitHub answers 200 to a code it does not take.
  if (const auto error = text_of(fields, "error"); !error.empty()) return not_exchanged(error);
  if (settings_.protocol == ProviderSettings::Protocol::kGitHub)
    return github_profile(context, client_, settings_.api_url, text_of(fields, "access_token"));
  auto profile = verified(context, text_of(fields, "id_token"), authorization.nonce, {settings_.client_id});
  if (!profile) return fail(ErrorName::kOauthProfileFetchFailed, std::string(profile.error().message()));
  return profile;
}

Result<Profile> Provider::verified(Context& context, const std::string& id_token, const std::string& nonce,
                                   const std::vector<std::string>& audiences) const {
  BUSFLOW_TRY(const auto token, token::take_apart(id_token));
  BUSFLOW_TRY(const auto discovery, documents_->discovery(context));
  BUSFLOW_TRY(const auto keys, documents_->keys_for(context, token));
  if (!is_signed_by_one_of(token, keys))
    return fail(ErrorName::kInvalidToken, "the provider's ID token is not valid: none of its keys signed it");
  return check_id_claims(audiences, discovery.issuer, token, nonce, context.clock.now());
}

Result<Profile> Provider::check_id_token(Context& context, const std::string& id_token,
                                         const std::string& nonce) const {
  if (settings_.protocol != ProviderSettings::Protocol::kOpenId)
    return fail(ErrorName::kNotSupported, fmt::format("{} has no ID tokens", settings_.name));
  auto audiences = settings_.app_client_ids;
  audiences.push_back(settings_.client_id);
  return verified(context, id_token, nonce, audiences);
}

}  // namespace busflow::openid
