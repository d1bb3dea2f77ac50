#include <gtest/gtest.h>

#include <platform/crypto/digest.hpp>
#include <platform/crypto/password.hpp>
#include <platform/crypto/random.hpp>

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

}  // namespace
}  // namespace busflow::crypto
