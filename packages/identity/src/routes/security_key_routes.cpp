#include <platform/crypto/base64.hpp>

#include "routes/answer.hpp"
#include "routes/routes.hpp"
#include "routes/session_answer.hpp"
#include "usecases/security_keys.hpp"

/// Questions and answers in the JSON forms of Web Authentication Level 3, section 5.1, which browsers read and write
/// themselves.
namespace busflow::identity {
namespace {

constexpr std::int64_t kPatience = 300'000;  // Milliseconds, as long as a question is good for.
constexpr std::string_view kSiteName = "Busflow";

json::Array descriptors(const std::vector<std::string>& ids) {
  json::Array list;
  for (const auto& id : ids) list.emplace_back(json::Object{{"type", "public-key"}, {"id", id}});
  return list;
}

json::Object request_options(const Services& services, const SecurityKeys::Asking& asking) {
  return {{"challenge", asking.challenge},
          {"timeout", kPatience},
          {"rpId", services.site.id},
          {"allowCredentials", descriptors(asking.credential_ids)},
          {"userVerification", "preferred"}};
}

json::Object creation_options(const Services& services, const SecurityKeys::Asking& asking) {
  json::Array kinds;
  for (const auto algorithm : security_key::kAlgorithms)
    kinds.emplace_back(json::Object{{"type", "public-key"}, {"alg", algorithm}});
  const auto& display_name = asking.display_name.empty() ? asking.name : asking.display_name;
  return {{"rp", json::Object{{"id", services.site.id}, {"name", kSiteName}}},
          {"user",
           json::Object{
               {"id", crypto::encode_base64url(asking.user_id)}, {"name", asking.name}, {"displayName", display_name}}},
          {"challenge", asking.challenge},
          {"pubKeyCredParams", std::move(kinds)},
          {"timeout", kPatience},
          {"excludeCredentials", descriptors(asking.credential_ids)},
          {"authenticatorSelection", json::Object{{"residentKey", "preferred"}, {"userVerification", "preferred"}}},
          {"attestation", "none"}};
}

Result<std::string> read_bytes(const json::Reader& fields, std::string_view name) {
  BUSFLOW_TRY(const auto text, fields.text(name));
  auto bytes = crypto::decode_base64url(text);
  if (!bytes) return fail(ErrorName::kValidationFailed, "expected base64url", fields.path() + "." + std::string(name));
  return *std::move(bytes);
}

Result<security_key::Registration> read_registration(const json::Reader& body) {
  BUSFLOW_TRY(const auto credential, body.object("credential"));
  BUSFLOW_TRY(const auto response, credential.object("response"));
  security_key::Registration read;
  BUSFLOW_TRY(read.client_data, read_bytes(response, "clientDataJSON"));
  BUSFLOW_TRY(read.attestation_object, read_bytes(response, "attestationObject"));
  return read;
}

struct Shown {
  std::string credential_id;
  security_key::Assertion assertion;
};
Result<Shown> read_assertion(const json::Reader& body) {
  BUSFLOW_TRY(const auto credential, body.object("credential"));
  BUSFLOW_TRY(const auto response, credential.object("response"));
  Shown read;
  BUSFLOW_TRY(read.credential_id, read_bytes(credential, "rawId"));
  BUSFLOW_TRY(read.assertion.client_data, read_bytes(response, "clientDataJSON"));
  BUSFLOW_TRY(read.assertion.authenticator_data, read_bytes(response, "authenticatorData"));
  BUSFLOW_TRY(read.assertion.signature, read_bytes(response, "signature"));
  return read;
}

Routes sign_in_routes(const std::shared_ptr<const Services>& services) {
  const SecurityKeys keys(services);
  const auto ask = [services, keys](Context& context, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto email, call.body.optional_text("email"));
    BUSFLOW_TRY(const auto asking, keys.ask_sign_in(context, call.origin, email.value_or("")));
    return request_options(*services, asking);
  };
  const auto enter = [services, keys](Context& context, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto shown, read_assertion(call.body));
    BUSFLOW_TRY(const auto outcome, keys.sign_in(context, call.origin, shown.credential_id, shown.assertion));
    return to_sign_in_object(outcome, services->minter.lifetime());
  };
  const auto with = [&](std::string_view path, const Open& work) {
    return only_with(Method::kSecurityKey, *services, open_route("POST", std::string(path), work));
  };
  return {with("/v1/auth/signin/webauthn", ask), with("/v1/auth/signin/webauthn/verify", enter)};
}

Routes sign_up_key_routes(const std::shared_ptr<const Services>& services) {
  const SecurityKeys keys(services);
  const auto ask = [services, keys](Context& context, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto email, call.body.text("email"));
    BUSFLOW_TRY(const auto about, read_options(call.body));
    BUSFLOW_TRY(auto asking, keys.ask_sign_up(context, call.origin, email));
    asking.display_name = about.display_name;
    return creation_options(*services, asking);
  };
  const auto finish = [services, keys](Context& context, const Call& call) -> Result<json::Value> {
    BUSFLOW_TRY(const auto registration, read_registration(call.body));
    BUSFLOW_TRY(const auto about, read_options(call.body));
    BUSFLOW_TRY(const auto nickname, call.body.optional_text("nickname"));
    BUSFLOW_TRY(const auto session, keys.sign_up(context, call.origin, registration, nickname.value_or(""), about));
    return session ? to_session_payload(*session, services->minter.lifetime()) : json::Object{{"session", nullptr}};
  };
  const auto with = [&](std::string_view path, const Open& work) {
    return only_with(Method::kSecurityKey, *services, open_route("POST", std::string(path), work));
  };
  return {with("/v1/auth/signup/webauthn", ask), with("/v1/auth/signup/webauthn/verify", finish)};
}

Routes own_key_routes(const std::shared_ptr<const Services>& services) {
  const SecurityKeys keys(services);
  const auto ask = [services, keys](Context& context, const Call&, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto asking, keys.ask_add(context, caller));
    return creation_options(*services, asking);
  };
  const auto add = [keys](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto registration, read_registration(call.body));
    BUSFLOW_TRY(const auto nickname, call.body.optional_text("nickname"));
    BUSFLOW_TRY(const auto id, keys.add(context, caller, call.origin, registration, nickname.value_or("")));
    return json::Object{{"id", id}, {"nickname", nickname.value_or("")}};
  };
  const auto list = [keys](Context& context, const Call&, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto found, keys.list(context, caller));
    json::Array list;
    for (const auto& key : found)
      list.emplace_back(json::Object{{"id", key.id}, {"nickname", key.nickname}, {"createdAt", key.created_at}});
    return list;
  };
  const auto remove = [keys](Context& context, const Call& call, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_CHECK(keys.remove(context, caller, call.origin, call.request.path_parameters.at("id")));
    return ok();
  };
  return {user_route("POST", "/v1/auth/user/webauthn/add", services, ask),
          user_route("POST", "/v1/auth/user/webauthn/verify", services, add),
          user_route("GET", "/v1/auth/user/webauthn", services, list),
          user_route("DELETE", "/v1/auth/user/webauthn/{id}", services, remove)};
}

Routes elevation_routes(const std::shared_ptr<const Services>& services) {
  const SecurityKeys keys(services);
  const auto ask = [services, keys](Context& context, const Call&, const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto asking, keys.ask_elevation(context, caller));
    return request_options(*services, asking);
  };
  const auto elevate = [services, keys](Context& context, const Call& call,
                                        const Caller& caller) -> Result<json::Value> {
    BUSFLOW_TRY(const auto shown, read_assertion(call.body));
    BUSFLOW_TRY(const auto session, keys.elevate(context, caller, call.origin, shown.credential_id, shown.assertion));
    return to_session_payload(session, services->minter.lifetime());
  };
  return {user_route("POST", "/v1/auth/elevate/webauthn", services, ask),
          user_route("POST", "/v1/auth/elevate/webauthn/verify", services, elevate)};
}

}  // namespace

Routes security_key_routes(const std::shared_ptr<const Services>& services) {
  Routes routes = sign_in_routes(services);
  for (const auto& more : {sign_up_key_routes(services), own_key_routes(services), elevation_routes(services)})
    routes.insert(routes.end(), more.begin(), more.end());
  return routes;
}

}  // namespace busflow::identity
