#include <fmt/format.h>
#include <gtest/gtest.h>

#include <platform/http_client/client.hpp>

#include "tls_server.hpp"

namespace busflow::http_client {
namespace {

class TlsTest : public testing::Test {
 protected:
  Result<Response> get(const std::string& host, ClientOptions options) {
    return Client(std::move(options)).send(context_, {.url = fmt::format("https://{}:{}/", host, server_.port())});
  }

  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  Context context_{.clock = clock_, .identifiers = identifiers_};
  TlsServer server_;
};

TEST_F(TlsTest, TrustsTheAuthorityOfTheFile) {
  const auto response = get("127.0.0.1", {.ca_file = server_.certificate_file().string()});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->body, "ok");
}

TEST_F(TlsTest, RefusesASelfSignedCertificate) {
  const auto response = get("127.0.0.1", {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().name, ErrorName::kUpstreamUntrusted) << response.error().detail;
}

TEST_F(TlsTest, RefusesACertificateOfAnotherName) {
  const auto response = get("localhost", {.ca_file = server_.certificate_file().string()});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().name, ErrorName::kUpstreamUntrusted) << response.error().detail;
}

TEST_F(TlsTest, SaysWhichFileIsMissing) {
  const auto response = get("127.0.0.1", {.ca_file = "/nowhere/ca.pem"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().name, ErrorName::kUpstreamUntrusted) << response.error().detail;
}

}  // namespace
}  // namespace busflow::http_client
