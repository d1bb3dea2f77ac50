#include <gtest/gtest.h>

#include <platform/object_store/object_store.hpp>

namespace busflow::object_store {
namespace {

struct Case {
  const char* errors;
  ErrorName name;
};

/// What rclone 1.75 printed, each time the fault was really there.
TEST(ObjectStoreFailure, ToldApartByWhatRcloneSays) {
  constexpr Case kCases[] = {
      {"2026/11/27 00:02:54 NOTICE: Failed to lsjson: operation error S3: ListObjects, https response error "
       "StatusCode: 403, api error "
       "SignatureDoesNotMatch: The request signature we calculated does not match",
       ErrorName::kInvalidCredentials},
      {"2026/11/27 00:02:57 NOTICE: Failed to lsjson: request send failed, Get \"https://localhost/b\": tls: failed to "
       "verify "
       "certificate: x509: certificate signed by unknown authority",
       ErrorName::kUpstreamUntrusted},
      {"2026/11/27 00:02:54 NOTICE: Failed to lsjson with 2 errors: last error was: error in ListJSON: directory not "
       "found",
       ErrorName::kNotFound},
      {"2026/11/27 00:01:12 NOTICE: Failed to cat: request send failed, Get \"https://localhost/b\": dial tcp "
       "127.0.0.1:17070: connect: "
       "connection refused",
       ErrorName::kUpstreamUnavailable},
      {"2026/11/27 00:01:12 NOTICE: Failed to cat: unexpected EOF", ErrorName::kUpstreamUnavailable},
      {"2026/11/27 00:01:12 NOTICE: Failed to cat: api error AccessDenied: Access Denied.",
       ErrorName::kPermissionDenied},
      {"2026/11/27 00:01:12 NOTICE: something new", ErrorName::kUpstreamInvalid},
  };
  for (const auto& [errors, name] : kCases) EXPECT_EQ(classify_failure(errors, "store").name, name) << errors;
}

TEST(ObjectStoreFailure, DetailIsTheLastLineWithoutItsTime) {
  EXPECT_EQ(
      classify_failure("first\n2026/11/27 00:01:12 NOTICE: Failed to cat: unexpected EOF\n\n", "hetzner-s3").detail,
      "hetzner-s3: Failed to cat: unexpected EOF");
}

TEST(ObjectStoreOpen, RefusesWhatIsMissingOrNotEncrypted) {
  const Remote whole{
      .name = "store", .endpoint = "https://localhost", .bucket = "b", .access_key = "k", .secret_key = "s"};
  EXPECT_TRUE(ObjectStore::open(whole, {}));
  Remote plain = whole;
  plain.endpoint = "http://localhost";
  EXPECT_EQ(ObjectStore::open(plain, {}).error().name, ErrorName::kAddressNotAllowed);
  Remote without = whole;
  without.secret_key = "";
  EXPECT_EQ(ObjectStore::open(without, {}).error().detail, "store has no secret key");
  Remote injected = whole;
  injected.access_key = "k\nno_check_certificate = true";
  EXPECT_EQ(ObjectStore::open(injected, {}).error().name, ErrorName::kInvalidSetting);
}

TEST(ObjectStoreCommand, ShowsNoSecretAndVerifiesCertificates) {
  const auto store = ObjectStore::open({.name = "store",
                                        .endpoint = "https://localhost",
                                        .bucket = "b",
                                        .access_key = "the-key",
                                        .secret_key = "the-secret",
                                        .ca_file = "/ca.pem"},
                                       {});
  ASSERT_TRUE(store);
  const auto command = store->download("x/y");
  const auto line = command.describe();
  EXPECT_EQ(line.find("the-"), std::string::npos) << line;
  EXPECT_NE(line.find("--no-check-certificate=false --ca-cert /ca.pem cat remote:b/x/y"), std::string::npos) << line;
  for (const auto& [name, value] : command.environment) EXPECT_EQ(value.find("the-"), std::string::npos) << name;
}

}  // namespace
}  // namespace busflow::object_store
