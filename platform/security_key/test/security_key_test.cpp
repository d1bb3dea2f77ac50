#include <array>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <fmt/format.h>

#include <platform/crypto/base64.hpp>
#include <platform/crypto/digest.hpp>
#include <platform/security_key/security_key.hpp>

namespace busflow::security_key {
namespace {

constexpr std::string_view kChallenge = "sixteen bytes!!!";
const RelyingParty kParty{.id = "example.com", .origins = {"https://app.example.com"}};

/// What an authenticator does, by the standard's own description.
class Authenticator {
 public:
  std::string client_data(std::string_view type, std::string_view origin = "https://app.example.com",
                          std::string_view challenge = kChallenge, std::string_view more = "") const {
    return fmt::format(R"({{"type":"{}","challenge":"{}","origin":"{}"{}}})", type, crypto::encode_base64url(challenge),
                       origin, more);
  }

  std::string data(unsigned char flags, std::uint32_t count, std::string_view site = "example.com") const {
    std::string data = crypto::sha256(site);
    data += static_cast<char>(flags);
    for (const int shift : {24, 16, 8, 0}) data += static_cast<char>(count >> static_cast<unsigned>(shift));
    return data;
  }

  /// With the credential: section 6.5.1, and the key as COSE writes it (RFC 9053, section 7.1.1).
  Registration registration() const {
    std::string data = this->data(0x45, 0);
    data += std::string(16, '\0') + std::string("\0\x04", 2) + "the " + "\xA5\x01\x02\x03\x26\x20\x01\x21\x58\x20" +
            coordinate(OSSL_PKEY_PARAM_EC_PUB_X) + "\x22\x58\x20" + coordinate(OSSL_PKEY_PARAM_EC_PUB_Y);
    const auto length = static_cast<char>(data.size());
    return {.client_data = client_data("webauthn.create"),
            .attestation_object = std::string("\xA3\x63") + "fmt" + "\x64" + "none" + "\x67" + "attStmt" + "\xA0\x68" +
                                  "authData" + "\x58" + length + data};
  }

  Assertion assertion(std::string authenticator_data, std::string client_data) const {
    const auto signed_text = authenticator_data + crypto::sha256(client_data);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::array<unsigned char, 128> signature{};
    std::size_t size = signature.size();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size,
                             reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size()),
              1);
    return {.client_data = std::move(client_data),
            .authenticator_data = std::move(authenticator_data),
            .signature = std::string(reinterpret_cast<const char*>(signature.data()), size)};
  }
  Assertion assertion(unsigned char flags = 0x05, std::uint32_t count = 1) const {
    return assertion(data(flags, count), client_data("webauthn.get"));
  }

 private:
  std::string coordinate(const char* name) const {
    BIGNUM* raw = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key_.get(), name, &raw), 1);
    std::string bytes(32, '\0');
    BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(bytes.data()), 32);
    BN_free(raw);
    return bytes;
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{EVP_EC_gen("P-256"), EVP_PKEY_free};
};

TEST(SecurityKeyTest, ARegisteredKeyProvesItself) {
  const Authenticator key;
  auto credential = check_registration(kParty, kChallenge, key.registration());
  ASSERT_TRUE(credential) << credential.error().message();
  EXPECT_EQ(credential->id, "the ");
  EXPECT_EQ(credential->algorithm, -7);
  const auto proof = check_assertion(kParty, kChallenge, *credential, key.assertion());
  ASSERT_TRUE(proof) << proof.error().message();
  EXPECT_TRUE(proof->verified_user);
  EXPECT_EQ(proof->sign_count, 1U);
  EXPECT_FALSE(check_assertion(kParty, kChallenge, *credential, key.assertion(0x01))->verified_user);
  EXPECT_EQ(challenge_of(key.assertion().client_data), crypto::encode_base64url(kChallenge));
}

TEST(SecurityKeyTest, ACopiedKeyIsNoticedByItsCount) {
  const Authenticator key;
  auto credential = check_registration(kParty, kChallenge, key.registration()).value();
  credential.sign_count = 7;
  EXPECT_TRUE(check_assertion(kParty, kChallenge, credential, key.assertion(0x05, 8)));
  EXPECT_FALSE(check_assertion(kParty, kChallenge, credential, key.assertion(0x05, 7)));
  EXPECT_FALSE(check_assertion(kParty, kChallenge, credential, key.assertion(0x05, 0)));
  credential.sign_count = 0;
  EXPECT_TRUE(check_assertion(kParty, kChallenge, credential, key.assertion(0x05, 0))) << "it does not count";
}

TEST(SecurityKeyTest, AnAnswerToSomethingElseIsRefused) {
  const Authenticator key;
  const Authenticator stranger;
  const auto credential = check_registration(kParty, kChallenge, key.registration()).value();
  const auto good = key.assertion();
  auto changed = good;
  changed.authenticator_data[32] = 0x01;
  auto cut = good;
  cut.authenticator_data.resize(36);
  const Assertion wrong[] = {
      stranger.assertion(),
      changed,
      cut,
      key.assertion(0x04),
      key.assertion(key.data(0x05, 1, "example.org"), key.client_data("webauthn.get")),
      key.assertion(key.data(0x05, 1), key.client_data("webauthn.create")),
      key.assertion(key.data(0x05, 1), key.client_data("webauthn.get", "https://app.example.com.evil.example")),
      key.assertion(key.data(0x05, 1), key.client_data("webauthn.get", "http://app.example.com")),
      key.assertion(key.data(0x05, 1), key.client_data("webauthn.get", "https://app.example.com", "another")),
      key.assertion(key.data(0x05, 1),
                    key.client_data("webauthn.get", "https://app.example.com", kChallenge, R"(,"crossOrigin":true)")),
      key.assertion(key.data(0x05, 1), "no JSON")};
  for (const auto& assertion : wrong) {
    const auto proof = check_assertion(kParty, kChallenge, credential, assertion);
    ASSERT_FALSE(proof) << assertion.client_data;
    EXPECT_EQ(proof.error().name, ErrorName::kInvalidSecurityKeyProof);
  }
}

TEST(SecurityKeyTest, NoBytesBreakTheReader) {
  const Authenticator key;
  const auto good = key.registration();
  for (std::size_t i = 0; i < good.attestation_object.size(); ++i) {
    auto cut = good;
    cut.attestation_object.resize(i);
    EXPECT_FALSE(check_registration(kParty, kChallenge, cut)) << i;
    auto flipped = good;
    flipped.attestation_object[i] = static_cast<char>(flipped.attestation_object[i] ^ 0x80);
    static_cast<void>(check_registration(kParty, kChallenge, flipped));
  }
  auto other = good;
  other.client_data = key.client_data("webauthn.create", "https://evil.example");
  EXPECT_FALSE(check_registration(kParty, kChallenge, other));
}

}  // namespace
}  // namespace busflow::security_key
