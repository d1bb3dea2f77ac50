#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <platform/json/json.hpp>
#include <platform/token/key_set.hpp>
#include <platform/token/minter.hpp>
#include <platform/token/signing_keys.hpp>
#include <platform/token/verifier.hpp>

namespace busflow::token {
namespace {

const std::string kKey = "0123456789abcdef0123456789abcdef";

std::string base64url(std::string_view data) {
  std::string text(4 * ((data.size() + 2) / 3) + 1, '\0');
  text.resize(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                              reinterpret_cast<const unsigned char*>(data.data()), static_cast<int>(data.size())));
  while (!text.empty() && text.back() == '=') text.pop_back();
  for (auto& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

/// A token made without the code under test.
std::string handmade(std::string_view header, std::string_view payload, const std::string& key = kKey) {
  const auto text = base64url(header) + "." + base64url(payload);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &size);
  return text + "." + base64url({reinterpret_cast<const char*>(digest), size});
}

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kGoodClaims =
    R"({"x-hasura-allowed-roles":["dispatcher","driver"],"x-hasura-default-role":"dispatcher","X-Hasura-Tenant-Id":"t-1","x-hasura-depots":["a","b\"c"]})";

std::string payload(std::string_view claims, std::string_view rest = R"("iss":"busflow","exp":2000)") {
  return "{" + std::string(rest) + R"(,"sub":"u-1","https://hasura.io/jwt/claims":)" + std::string(claims) + "}";
}

class TokenTest : public testing::Test {
 protected:
  void expect(const std::string& token, ErrorName name, std::string_view message) {
    const auto result = verifier_->verify(token);
    ASSERT_FALSE(result) << token;
    EXPECT_EQ(result.error().name, name) << result.error().detail;
    EXPECT_EQ(result.error().detail, message);
  }

  ManualClock clock_{WallTime(std::chrono::seconds(1000))};
  std::unique_ptr<Verifier> verifier_ = *Verifier::create(kKey, "busflow", clock_);
};

TEST_F(TokenTest, WhatTheMinterIssuesTheVerifierAccepts) {
  const auto minter = Minter::create(kKey, "busflow", std::chrono::seconds(900));
  ASSERT_TRUE(minter);
  const auto token = minter->mint({.subject = "u-1",
                                   .email = "someone@bruning.example",
                                   .default_role = "manager",
                                   .allowed_roles = {"manager", "dispatcher"},
                                   .variables = {{"x-hasura-tenant-id", "t-1"}, {"x-hasura-plan", "PRO"}}},
                                  clock_.now());
  const auto verified = verifier_->verify(token);
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_EQ((*verified)->subject, "u-1");
  EXPECT_EQ((*verified)->expires_at, WallTime(std::chrono::seconds(1900)));
  const auto session = session_for(**verified, {});
  ASSERT_TRUE(session);
  EXPECT_EQ(session->role(), "manager");
  EXPECT_EQ(session->tenant_id(), "t-1");
  EXPECT_EQ(session->user_id(), "u-1");
  EXPECT_EQ(session->variable("x-hasura-plan"), "PRO");
  EXPECT_EQ(session_for(**verified, "dispatcher")->role(), "dispatcher");
  EXPECT_EQ(session_for(**verified, "admin").error().name, ErrorName::kRoleNotAllowed);
}

TEST_F(TokenTest, ReadsForeignTokensAndTurnsListsIntoArrayLiterals) {
  const auto verified = verifier_->verify(handmade(kHeader, payload(kGoodClaims)));
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_EQ((*verified)->variables.at("x-hasura-tenant-id"), "t-1");
  EXPECT_EQ((*verified)->variables.at("x-hasura-depots"), R"({"a","b\"c"})");
}

TEST_F(TokenTest, ExpiresExactlyAtItsTimeAlsoWhenRemembered) {
  const auto token = handmade(kHeader, payload(kGoodClaims));
  EXPECT_TRUE(verifier_->verify(token));
  clock_.advance(std::chrono::milliseconds(999'999));
  EXPECT_TRUE(verifier_->verify(token));
  clock_.advance(std::chrono::milliseconds(1));
  expect(token, ErrorName::kTokenExpired, "Could not verify JWT: JWTExpired");
  const auto unseen = std::move(*Verifier::create(kKey, "busflow", clock_))->verify(token);
  EXPECT_EQ(unseen.error().name, ErrorName::kTokenExpired);
}

TEST_F(TokenTest, RefusesForgeries) {
  constexpr auto kMessage = "Could not verify JWT: JWSError JWSInvalidSignature";
  const auto good = handmade(kHeader, payload(kGoodClaims));
  expect(handmade(kHeader, payload(kGoodClaims), "another key, also long enough ...."), ErrorName::kInvalidToken,
         kMessage);
  expect(handmade(R"({"alg":"HS384","typ":"JWT"})", payload(kGoodClaims)), ErrorName::kInvalidToken, kMessage);
  expect(base64url(R"({"alg":"none","typ":"JWT"})") + "." + base64url(payload(kGoodClaims)) + ".",
         ErrorName::kInvalidToken, kMessage);
  expect(base64url(R"({"alg":"none"})") + "." + base64url(payload(kGoodClaims)), ErrorName::kInvalidToken, kMessage);
  expect(good.substr(0, good.rfind('.') + 1), ErrorName::kInvalidToken, kMessage);
  auto changed = good;
  changed[good.find('.') + 5] = changed[good.find('.') + 5] == 'A' ? 'B' : 'A';
  expect(changed, ErrorName::kInvalidToken, kMessage);
  for (const std::string text : {"", ".", "..", "a.b.c", "not a token", "eyJ.eyJ.###"})
    expect(text, ErrorName::kInvalidToken, kMessage);
  EXPECT_EQ(verifier_->verify(std::string(100'000, 'a')).error().name, ErrorName::kInvalidToken);
  EXPECT_TRUE(verifier_->verify(good));
}

TEST_F(TokenTest, RefusesClaimsOfTheWrongShape) {
  const auto token = [](std::string_view claims) { return handmade(kHeader, payload(claims)); };
  expect(token(R"({"x-hasura-default-role":"a"})"), ErrorName::kMissingRoleClaims,
         "JWT claim does not contain x-hasura-allowed-roles");
  expect(token(R"({"x-hasura-allowed-roles":["a"]})"), ErrorName::kMissingRoleClaims,
         "JWT claim does not contain x-hasura-default-role");
  expect(token(R"({"x-hasura-allowed-roles":"a","x-hasura-default-role":"a"})"), ErrorName::kInvalidClaims,
         "invalid x-hasura-allowed-roles; should be a list of roles");
  expect(token(R"({"x-hasura-allowed-roles":["a"],"x-hasura-default-role":"b"})"), ErrorName::kRoleNotAllowed,
         "Your default role is not in allowed roles");
  expect(token(R"({"x-hasura-allowed-roles":["a"],"x-hasura-default-role":"a","x-hasura-x":{}})"),
         ErrorName::kInvalidClaims, "claim x-hasura-x must be text");
  expect(token("[]"), ErrorName::kMissingRoleClaims, "claims key: 'https://hasura.io/jwt/claims' not found");
  expect(handmade(kHeader, payload(kGoodClaims, R"("iss":"somebody","exp":2000)")), ErrorName::kInvalidToken,
         "Could not verify JWT: JWTNotInIssuer");
  expect(handmade(kHeader, payload(kGoodClaims, R"("iss":"busflow")")), ErrorName::kInvalidClaims,
         "the JWT has no 'exp' claim");
}

TEST_F(TokenTest, ManyTokensDoNotGrowTheCacheForEver) {
  for (int i = 0; i < 40'000; ++i) {
    ASSERT_TRUE(verifier_->verify(
        handmade(kHeader, payload(kGoodClaims, R"("iss":"busflow","exp":2000,"jti":)" + std::to_string(i)))));
  }
}

TEST(BearerToken, ReadsTheHeader) {
  EXPECT_EQ(**bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(**bearer_token("bearer abc"), "abc");
  EXPECT_FALSE(*bearer_token(std::nullopt));
  for (const auto* wrong : {"", "Bearer", "Bearer ", "Basic abc", "Bearer a b"})
    EXPECT_FALSE(bearer_token(wrong)) << wrong;
}

TEST(Keys, MustBeLongEnough) {
  EXPECT_EQ(Minter::create("short", "busflow", std::chrono::seconds(1)).error().name, ErrorName::kInvalidSetting);
  EXPECT_FALSE(Verifier::create("short", "busflow", SystemClock{}));
}

/// A new private key in PEM, made without the code under test.
std::string private_key(const char* kind, unsigned rsa_bits = 2048) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      std::string_view(kind) == "RSA"  ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(rsa_bits))
      : std::string_view(kind) == "EC" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                                       : EVP_PKEY_Q_keygen(nullptr, nullptr, kind),
      EVP_PKEY_free);
  const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// PEM that says it is a private key, whatever is in it.
std::string pem(const std::string& content) {
  const std::string kind = "PRIVATE KEY-----\n";
  return "-----BEGIN " + kind + content + "\n-----END " + kind;
}

class SigningKeysTest : public TokenTest {
 protected:
  std::string mint(const std::string& keys) {
    const auto minter = Minter::create(keys, "busflow", std::chrono::seconds(900));
    EXPECT_TRUE(minter) << minter.error().detail;
    return minter->mint({.subject = "u", .email = "", .default_role = "r", .allowed_roles = {"r"}, .variables = {}},
                        clock_.now());
  }
  bool accepts(const std::string& keys, const std::string& token) {
    return (*Verifier::create(keys, "busflow", clock_))->verify(token).has_value();
  }
};

TEST_F(SigningKeysTest, EveryKindSignsAndOthersVerifyByThePublicSet) {
  for (const auto& [kind, algorithm] : {std::pair{"RSA", "RS256"}, {"EC", "ES256"}, {"ED25519", "EdDSA"}}) {
    const auto key = private_key(kind);
    const auto token = mint(key);
    EXPECT_TRUE(accepts(key, token)) << kind;
    EXPECT_FALSE(accepts(private_key(kind), token)) << kind;
    const auto published = SigningKeys::read(key)->public_key_set();
    EXPECT_FALSE(published.contains("\"d\"")) << "nothing private";
    const auto set = read_key_set(published);
    ASSERT_TRUE(set) << published;
    ASSERT_EQ(set->size(), 1U) << published;
    const auto taken = take_apart(token);
    EXPECT_EQ(taken->algorithm, algorithm);
    EXPECT_EQ(taken->key_id, set->front().id);
    EXPECT_TRUE(is_signed_by(*taken, set->front())) << kind;
  }
  EXPECT_EQ(SigningKeys::read(kKey)->public_key_set(), R"({"keys":[]})");
}

TEST_F(SigningKeysTest, AnOldKeyVerifiesWhileANewOneSigns) {
  const auto old_key = private_key("EC");
  const auto new_key = private_key("ED25519");
  const auto old_token = mint(old_key);
  const auto both = new_key + "\n" + old_key + kKey + "\n";
  EXPECT_TRUE(accepts(both, old_token));
  EXPECT_TRUE(accepts(both, mint(kKey)));
  EXPECT_TRUE(accepts(new_key, mint(both))) << "the first one signs";
  EXPECT_FALSE(accepts(new_key, old_token)) << "taken away";
  EXPECT_EQ(read_key_set(SigningKeys::read(both)->public_key_set())->size(), 2U) << "the secret is not published";
}

TEST_F(SigningKeysTest, NoTokenChoosesItsAlgorithmOrKey) {
  const auto key = private_key("RSA");
  const auto good = mint(key);
  const auto body = good.substr(good.find('.'), good.rfind('.') - good.find('.') + 1);
  const auto published = SigningKeys::read(key)->public_key_set();
  // Signed with what everybody knows, taken as a secret; not signed; with another key's name.
  EXPECT_FALSE(accepts(key, handmade(kHeader, payload(kGoodClaims), published)));
  EXPECT_FALSE(accepts(key, base64url(R"({"alg":"none"})") + body));
  EXPECT_FALSE(accepts(key, base64url(R"({"alg":"RS256","kid":"../../dev/null"})") + good.substr(good.find('.'))));
  EXPECT_FALSE(accepts(kKey, handmade(R"({"alg":"HS512","typ":"JWT"})", payload(kGoodClaims))));
  EXPECT_FALSE(accepts(key, good.substr(0, good.size() - 8)));
}

TEST_F(SigningKeysTest, WhatIsWrongIsSaidWithoutTheKey) {
  for (const auto& bad : {std::string(), std::string("short"), kKey + "\nshort", private_key("RSA", 1024),
                          private_key("X25519"), pem("bm90IGEga2V5")}) {
    const auto read = SigningKeys::read(bad);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().name, ErrorName::kInvalidSetting);
    EXPECT_TRUE(read.error().detail.starts_with("auth.jwt_key ")) << read.error().detail;
    EXPECT_FALSE(read.error().detail.contains("bm90"));
  }
}

}  // namespace
}  // namespace busflow::token
