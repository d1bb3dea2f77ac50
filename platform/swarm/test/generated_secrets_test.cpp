#include <gtest/gtest.h>

#include <platform/swarm/generated_secrets.hpp>

namespace busflow::swarm {
namespace {

StackFile stack(const std::string& more = "") {
  return *parse_stack("stack.yml", R"(
secrets:
  edge_key: {external: true}
  password: {external: true, x-make: random}
  ca: {external: true, x-make: authority}
  db_certificate: {external: true, x-make: certificate of db}
  db_key: {external: true, x-make: key of db}
)" + more,
                      [](std::string_view) { return std::nullopt; });
}

TEST(GeneratedSecrets, areAllThatHaveAKind) {
  const auto made = generate_secrets(stack(), {});
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->size(), 4U);
  EXPECT_EQ(made->at("password").size(), 64U);
  EXPECT_TRUE(made->at("ca").starts_with("-----BEGIN CERTIFICATE-----"));
  EXPECT_TRUE(made->at("db_certificate").starts_with("-----BEGIN CERTIFICATE-----"));
  EXPECT_NE(made->at("db_certificate"), made->at("ca"));
  EXPECT_TRUE(made->at("db_key").find("PRIVATE KEY-----") != std::string::npos);
  EXPECT_NE(generate_secrets(stack(), {})->at("password"), made->at("password"));
}

TEST(GeneratedSecrets, whatIsThereStays) {
  const auto made = generate_secrets(stack(), {"ca", "db_certificate", "db_key"});
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->size(), 1U);
  EXPECT_TRUE(made->contains("password"));
}

TEST(GeneratedSecrets, certificatesOfTwoAuthoritiesAreNotMixed) {
  const auto made = generate_secrets(stack(), {"ca", "db_key"});
  ASSERT_FALSE(made);
  EXPECT_TRUE(
      made.error().detail.starts_with("db_certificate cannot be made alone: the authority that signed ca, db_key"))
      << made.error().detail;
}

TEST(GeneratedSecrets, anUnknownKindIsNamedWithItsLine) {
  const auto made = generate_secrets(stack("  other: {external: true, x-make: magic}\n"), {});
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().detail.starts_with("stack.yml:8: x-make of the secret other is 'magic'"))
      << made.error().detail;
}

TEST(GeneratedSecrets, theOthersMustBeBrought) {
  EXPECT_EQ(secrets_to_bring(stack(), {}), std::vector<std::string>{"edge_key"});
  EXPECT_TRUE(secrets_to_bring(stack(), {"edge_key"}).empty());
}

}  // namespace
}  // namespace busflow::swarm
