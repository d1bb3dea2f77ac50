#include "id_token.hpp"

#include <gtest/gtest.h>

#include <platform/crypto/digest.hpp>

namespace busflow::openid {
namespace {

constexpr std::string_view kIssuer = "https://login.example";
const WallTime kNow{std::chrono::seconds(1'800'000'000)};

json::Object good_claims() {
  return {{"iss", kIssuer},
          {"sub", "anna"},
          {"aud", "us"},
          {"exp", 1'800'000'300},
          {"iat", 1'799'999'990},
          {"nonce", "n1"},
          {"email", "Anna@Example.com"},
          {"email_verified", true},
          {"picture", "https://pictures.example/anna"}};
}

Result<Profile> check(const json::Object& claims, const std::string& nonce = "n1",
                      const std::string& issuer = std::string(kIssuer)) {
  token::UnverifiedToken token;
  token.payload = json::serialize(claims);
  return check_id_claims({"our-app", "us"}, issuer, token, nonce, kNow);
}

json::Object with(std::string_view name, json::Value value) {
  auto claims = good_claims();
  claims[name] = std::move(value);
  return claims;
}

TEST(IdTokenTest, GivesWhoItIs) {
  const auto profile = check(good_claims());
  ASSERT_TRUE(profile) << profile.error().message();
  EXPECT_EQ(profile->subject, "anna");
  EXPECT_EQ(profile->email, "anna@example.com");
  EXPECT_TRUE(profile->email_verified);
  EXPECT_EQ(profile->avatar_url, "https://pictures.example/anna");
}

TEST(IdTokenTest, RefusesWhatIsNotForThisSignIn) {
  const json::Object wrong[] = {with("iss", "https://login.example.evil"),
                                with("aud", "them"),
                                with("aud", json::Array{"them"}),
                                with("aud", json::Array{"us", "them"}),
                                with("azp", "them"),
                                with("exp", 1'799'999'900),
                                with("exp", "1900000000"),
                                with("exp", -1),
                                with("exp", 1e300),
                                with("iat", 1'800'000'100),
                                with("nbf", 1'800'000'100),
                                with("nonce", "n2"),
                                with("nonce", json::Value()),
                                with("sub", ""),
                                with("sub", 7)};
  for (const auto& claims : wrong) {
    const auto profile = check(claims);
    ASSERT_FALSE(profile) << json::serialize(claims);
    EXPECT_EQ(profile.error().name, ErrorName::kInvalidToken);
  }
  EXPECT_FALSE(check(good_claims(), "")) << "a token that was made for a sign-in we did not begin";
}

TEST(IdTokenTest, TakesTheVariantsOfTheBigProviders) {
  EXPECT_TRUE(check(with("aud", json::Array{"us"})));
  EXPECT_TRUE(check(with("aud", "our-app")));
  EXPECT_TRUE(check(with("exp", 1'799'999'950))) << "two clocks differ";
  EXPECT_TRUE(check(with("nonce", json::Value(crypto::sha256_hex("n1"))))) << "Apple's libraries hash it";
  EXPECT_TRUE(check(with("email_verified", "true"))->email_verified) << "Apple";
  EXPECT_FALSE(check(with("email_verified", "false"))->email_verified);
  EXPECT_FALSE(check(with("email_verified", json::Value()))->email_verified)
      << "Entra vouches for no address by itself";
  auto entra = with("iss", "https://login.microsoftonline.com/7/v2.0");
  entra["tid"] = "7";
  EXPECT_TRUE(check(entra, "n1", "https://login.microsoftonline.com/{tenantid}/v2.0"));
  entra["tid"] = "8";
  EXPECT_FALSE(check(entra, "n1", "https://login.microsoftonline.com/{tenantid}/v2.0"));
}

TEST(IdTokenTest, PicturesAreFetchedByTlsOnly) {
  EXPECT_EQ(check(with("picture", "http://169.254.169.254/latest"))->avatar_url, "");
  EXPECT_EQ(check(with("picture", "javascript:alert(1)"))->avatar_url, "");
  EXPECT_EQ(check(with("picture", "https://pictures.example/\"onerror=x"))->avatar_url, "");
}

TEST(IdTokenTest, ASharedSecretVouchesForNobody) {
  token::UnverifiedToken token;
  token.algorithm = "HS256";
  token.signed_text = "a.b";
  token.signature = crypto::hmac_sha256("secret", "a.b");
  const token::KeySet keys{{.id = "", .algorithm = "", .secret = "secret", .public_key = nullptr}};
  EXPECT_TRUE(token::is_signed_by(token, keys.front()));
  EXPECT_FALSE(is_signed_by_one_of(token, keys));
}

}  // namespace
}  // namespace busflow::openid
