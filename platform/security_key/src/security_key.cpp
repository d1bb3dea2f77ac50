#include <platform/security_key/security_key.hpp>

#include <algorithm>
#include <memory>
#include <optional>

#include <cbor.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include <fmt/format.h>

#include <platform/crypto/base64.hpp>
#include <platform/crypto/digest.hpp>
#include <platform/json/json.hpp>

namespace busflow::security_key {
namespace {

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kFlagsAt = kHashBytes;
constexpr std::size_t kLeastAuthenticatorData = 37;  // Hash, flags and count.
constexpr std::size_t kLongestAnswer = 64 << 10;
constexpr unsigned kUserPresent = 0x01;
constexpr unsigned kUserVerified = 0x04;

template <class Thing, void (*kFree)(Thing**)>
struct Freeing {
  void operator()(Thing* thing) const { kFree(&thing); }
};
using Assert = std::unique_ptr<fido_assert_t, Freeing<fido_assert_t, fido_assert_free>>;
using Cred = std::unique_ptr<fido_cred_t, Freeing<fido_cred_t, fido_cred_free>>;
using Es256 = std::unique_ptr<es256_pk_t, Freeing<es256_pk_t, es256_pk_free>>;
using Eddsa = std::unique_ptr<eddsa_pk_t, Freeing<eddsa_pk_t, eddsa_pk_free>>;
using Rs256 = std::unique_ptr<rs256_pk_t, Freeing<rs256_pk_t, rs256_pk_free>>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
std::string text(const unsigned char* data, std::size_t size) {
  return data == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
}

std::unexpected<Error> refuse(std::string_view reason) {
  return fail(ErrorName::kInvalidSecurityKeyProof,
              fmt::format("The security key's answer cannot be verified: {}", reason));
}

void start() { fido_init(0); }

std::string text_of(const json::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<void> check_client_data(const RelyingParty& party, std::string_view challenge, std::string_view client_data,
                               std::string_view type) {
  const auto parsed = client_data.size() > kLongestAnswer ? std::unexpected(Error{}) : json::parse(client_data);
  if (!parsed || !parsed->is_object()) return refuse("its client data are no JSON object");
  const json::Object& data = parsed->get_object();
  if (text_of(data, "type") != type) return refuse("it answers another kind of question");
  const auto answered = crypto::decode_base64url(text_of(data, "challenge"));
  if (!answered || *answered != challenge) return refuse("it answers another question");
  if (std::ranges::find(party.origins, text_of(data, "origin")) == party.origins.end())
    return refuse("another page asked");
  const auto* is_foreign = data.if_contains("crossOrigin");
  if (is_foreign != nullptr && is_foreign->is_bool() && is_foreign->get_bool()) return refuse("another page asked");
  return {};
}

/// The flags, once the data are for this site and somebody touched the key.
Result<unsigned> check_authenticator_data(const RelyingParty& party, std::string_view data) {
  if (data.size() < kLeastAuthenticatorData || data.size() > kLongestAnswer) return refuse("its data are cut");
  if (data.substr(0, kHashBytes) != crypto::sha256(party.id)) return refuse("it is for another site");
  const auto flags = static_cast<unsigned char>(data[kFlagsAt]);
  if ((flags & kUserPresent) == 0) return refuse("nobody touched it");
  return flags;
}

/// The byte string "authData" of an attestation object, which is a map in CBOR (section 6.5.4).
std::optional<std::string> authenticator_data_of(std::string_view attestation_object) {
  if (attestation_object.size() > kLongestAnswer) return std::nullopt;
  const auto release = [](cbor_item_t* item) { cbor_decref(&item); };
  cbor_load_result read;
  const std::unique_ptr<cbor_item_t, decltype(release)> item(
      cbor_load(bytes(attestation_object), attestation_object.size(), &read), release);
  if (!item || !cbor_isa_map(item.get())) return std::nullopt;
  for (std::size_t i = 0; i < cbor_map_size(item.get()); ++i) {
    const auto& pair = cbor_map_handle(item.get())[i];
    const bool is_named = cbor_isa_string(pair.key) && cbor_string_is_definite(pair.key) &&
                          text(cbor_string_handle(pair.key), cbor_string_length(pair.key)) == "authData";
    if (is_named && cbor_isa_bytestring(pair.value) && cbor_bytestring_is_definite(pair.value))
      return text(cbor_bytestring_handle(pair.value), cbor_bytestring_length(pair.value));
  }
  return std::nullopt;
}

std::optional<Credential> read_credential(std::string_view authenticator_data, std::int64_t algorithm) {
  const Cred credential(fido_cred_new());
  if (fido_cred_set_type(credential.get(), static_cast<int>(algorithm)) != FIDO_OK ||
      fido_cred_set_authdata_raw(credential.get(), bytes(authenticator_data), authenticator_data.size()) != FIDO_OK)
    return std::nullopt;
  Credential read{.id = text(fido_cred_id_ptr(credential.get()), fido_cred_id_len(credential.get())),
                  .public_key = text(fido_cred_pubkey_ptr(credential.get()), fido_cred_pubkey_len(credential.get())),
                  .algorithm = algorithm,
                  .sign_count = fido_cred_sigcount(credential.get())};
  if (read.id.empty() || read.public_key.empty()) return std::nullopt;
  return read;
}

bool is_answered_by(const fido_assert_t* assertion, const Credential& credential) {
  const auto* key = bytes(credential.public_key);
  const auto size = credential.public_key.size();
  const auto verify = [&](const void* read) {
    return fido_assert_verify(assertion, 0, static_cast<int>(credential.algorithm), read) == FIDO_OK;
  };
  switch (credential.algorithm) {
    case COSE_ES256: {
      const Es256 read(es256_pk_new());
      return es256_pk_from_ptr(read.get(), key, size) == FIDO_OK && verify(read.get());
    }
    case COSE_EDDSA: {
      const Eddsa read(eddsa_pk_new());
      return eddsa_pk_from_ptr(read.get(), key, size) == FIDO_OK && verify(read.get());
    }
    case COSE_RS256: {
      const Rs256 read(rs256_pk_new());
      return rs256_pk_from_ptr(read.get(), key, size) == FIDO_OK && verify(read.get());
    }
    default: return false;
  }
}

}  // namespace

std::string challenge_of(std::string_view client_data) {
  if (client_data.size() > kLongestAnswer) return {};
  const auto parsed = json::parse(client_data);
  return parsed && parsed->is_object() ? text_of(parsed->get_object(), "challenge") : std::string();
}

Result<Credential> check_registration(const RelyingParty& party, std::string_view challenge,
                                      const Registration& registration) {
  start();
  BUSFLOW_CHECK(check_client_data(party, challenge, registration.client_data, "webauthn.create"));
  const auto data = authenticator_data_of(registration.attestation_object);
  if (!data) return refuse("its attestation object cannot be read");
  BUSFLOW_CHECK(check_authenticator_data(party, *data));
  for (const auto algorithm : kAlgorithms) {
    // libfido2 wants to know the algorithm before it reads the data that tell it.
    if (auto credential = read_credential(*data, algorithm)) return *std::move(credential);
  }
  return refuse("it has no key of a kind that was asked for");
}

Result<Proof> check_assertion(const RelyingParty& party, std::string_view challenge, const Credential& credential,
                              const Assertion& assertion) {
  start();
  BUSFLOW_CHECK(check_client_data(party, challenge, assertion.client_data, "webauthn.get"));
  BUSFLOW_TRY(const auto flags, check_authenticator_data(party, assertion.authenticator_data));
  const Assert answer(fido_assert_new());
  const auto hash = crypto::sha256(assertion.client_data);
  const auto& data = assertion.authenticator_data;
  const bool is_read =
      fido_assert_set_clientdata_hash(answer.get(), bytes(hash), hash.size()) == FIDO_OK &&
      fido_assert_set_rp(answer.get(), party.id.c_str()) == FIDO_OK &&
      fido_assert_set_count(answer.get(), 1) == FIDO_OK &&
      fido_assert_set_authdata_raw(answer.get(), 0, bytes(data), data.size()) == FIDO_OK &&
      fido_assert_set_up(answer.get(), FIDO_OPT_TRUE) == FIDO_OK &&
      fido_assert_set_sig(answer.get(), 0, bytes(assertion.signature), assertion.signature.size()) == FIDO_OK;
  if (!is_read) return refuse("its data cannot be read");
  if (!is_answered_by(answer.get(), credential)) return refuse("its key did not sign it");
  const auto count = fido_assert_sigcount(answer.get(), 0);
  if ((count != 0 || credential.sign_count != 0) && count <= credential.sign_count)
    return refuse("it has been copied: its count goes backwards");
  return Proof{.sign_count = count, .verified_user = (flags & kUserVerified) != 0};
}

}  // namespace busflow::security_key
