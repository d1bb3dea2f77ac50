#include <gtest/gtest.h>

#include <platform/crypto/digest.hpp>
#include <platform/crypto/password.hpp>
#include <platform/crypto/random.hpp>
#include <platform/crypto/vault.hpp>

namespace busflow::crypto {
namespace {

TEST(Digest, IsSha256) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, InPiecesIsTheSameAsWhole) {
  Sha256 pieces;
  for (const auto* piece : {"a", "", "bc"}) pieces.update(piece);
  EXPECT_EQ(pieces.finish(), sha256_hex("abc"));
}

TEST(Password, IsArgon2idSaltedAndVerified) {
  const auto first = hash_password("open sesame", PasswordCost::kMinimal);
  EXPECT_TRUE(first.starts_with("$argon2id$"));
  EXPECT_NE(first, hash_password("open sesame", PasswordCost::kMinimal));
  EXPECT_TRUE(verify_password("open sesame", first));
  EXPECT_FALSE(verify_password("open sesam", first));
  EXPECT_FALSE(verify_password("open sesame", "not a hash"));
}

TEST(Password, DefaultCostIsTheInteractiveOne) { EXPECT_NE(hash_password("x").find("m=65536"), std::string::npos); }

TEST(Random, HasTheLengthAskedFor) {
  EXPECT_EQ(random_hex(32).size(), 64U);
  EXPECT_NE(random_hex(32), random_hex(32));
}

TEST(Password, VerifiesBcryptAndWantsItReplaced) {
  // From the test vectors of jBCrypt.
  constexpr auto kHash = "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.";
  EXPECT_TRUE(verify_password("", kHash));
  EXPECT_FALSE(verify_password("a", kHash));
  EXPECT_FALSE(verify_password("", "$2a$06$too-short"));
  EXPECT_TRUE(needs_rehash(kHash));
  EXPECT_TRUE(needs_rehash(hash_password("x", PasswordCost::kMinimal)));
  EXPECT_FALSE(needs_rehash(hash_password("x", PasswordCost::kMinimal), PasswordCost::kMinimal));
}

TEST(Vault, OpensOnlyWhatItSealedForThatPurpose) {
  const auto vault = Vault::create(std::string(32, 'k')).value();
  const auto sealed = vault.seal("totp", "JBSWY3DPEHPK3PXP");
  EXPECT_FALSE(sealed.contains("JBSWY3DP"));
  EXPECT_NE(sealed, vault.seal("totp", "JBSWY3DPEHPK3PXP"));
  EXPECT_EQ(vault.open("totp", sealed), "JBSWY3DPEHPK3PXP");
  EXPECT_EQ(vault.open("other", sealed), std::nullopt);
  EXPECT_EQ(Vault::create(std::string(32, 'x')).value().open("totp", sealed), std::nullopt);
  EXPECT_EQ(vault.open("totp", sealed.substr(4)), std::nullopt);
  EXPECT_EQ(vault.open("totp", "no base64!"), std::nullopt);
  EXPECT_FALSE(Vault::create("short"));
}

TEST(Vault, DerivesTheSameForTheSame) {
  const auto vault = Vault::create(std::string(32, 'k')).value();
  EXPECT_EQ(vault.derive("a", "x"), vault.derive("a", "x"));
  EXPECT_NE(vault.derive("a", "x"), vault.derive("b", "x"));
  EXPECT_EQ(vault.derive("a", "x").size(), 64U);
}

TEST(Random, DigitsAreDigits) {
  const auto digits = random_digits(200);
  EXPECT_EQ(digits.size(), 200U);
  EXPECT_EQ(digits.find_first_not_of("0123456789"), std::string::npos);
  EXPECT_NE(digits, random_digits(200));
}

}  // namespace
}  // namespace busflow::crypto
