#include <chrono>

#include <gtest/gtest.h>

#include <platform/totp/totp.hpp>

namespace busflow::totp {
namespace {

// RFC 6238, appendix B: the secret "12345678901234567890", of whose eight digits we use the last six.
constexpr auto kSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

TEST(Totp, GivesTheCodesOfTheStandard) {
  EXPECT_EQ(code_at(kSecret, at(59)), "287082");
  EXPECT_EQ(code_at(kSecret, at(1111111109)), "081804");
  EXPECT_EQ(code_at(kSecret, at(20000000000)), "353130");
}

TEST(Totp, ToleratesOneStepOfDifference) {
  EXPECT_EQ(matching_step(kSecret, "287082", at(59)), 1);
  EXPECT_EQ(matching_step(kSecret, "287082", at(89)), 1) << "the code before";
  EXPECT_EQ(matching_step(kSecret, "287082", at(29)), 1) << "the code after";
  EXPECT_EQ(matching_step(kSecret, "287082", at(120)), std::nullopt);
  EXPECT_EQ(matching_step(kSecret, "287083", at(59)), std::nullopt);
  EXPECT_EQ(matching_step(kSecret, "87082", at(59)), std::nullopt);
  EXPECT_EQ(matching_step(kSecret, "", at(59)), std::nullopt);
  EXPECT_EQ(matching_step("not base32!", "287082", at(59)), std::nullopt);
}

TEST(Totp, SecretsAreRandomAndUsable) {
  const auto secret = new_secret();
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_NE(secret, new_secret());
  EXPECT_EQ(matching_step(secret, code_at(secret, at(6000)), at(6000)), 200);
}

TEST(Totp, TheAddressIsEscaped) {
  EXPECT_EQ(setup_address("Bus flow", "a&b@example.com", "ABC"),
            "otpauth://totp/Bus%20flow:a%26b%40example.com?secret=ABC&issuer=Bus%20flow");
}

TEST(Totp, TheImageIsADataAddress) {
  EXPECT_TRUE(qr_code_image("otpauth://totp/x").starts_with("data:image/svg+xml;base64,PHN2Zy"));
}

}  // namespace
}  // namespace busflow::totp
