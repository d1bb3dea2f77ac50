#include "webhook.hpp"

#include <gtest/gtest.h>

#include <platform/base/clock.hpp>
#include <platform/base/context.hpp>
#include <platform/crypto/digest.hpp>
#include <platform/json/json.hpp>
#include <platform/token/verifier.hpp>

namespace busflow::automation {
namespace {

constexpr auto kSecret = "0123456789abcdef0123456789abcdef";

outbox::Event event() {
  RandomIdentifierSource identifiers;
  return {.id = identifiers.next(),
          .name = "TourDeparturePublished",
          .tenant_id = identifiers.next(),
          .payload = {{"title", "Lofoten"}},
          .traceparent = {}};
}

std::string header(const http_client::Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(Webhook, isSignedWithItsTime) {
  const WallTime now{std::chrono::seconds(1767225600)};
  // printf '1767225600.{}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
  EXPECT_EQ(signature(kSecret, now, "{}"),
            "t=1767225600,v1=b7be7938951cd5456a1e6101d62f960010ae1a7b79450661c6af410ba2d5f546");
  EXPECT_NE(signature(kSecret, now, "{}"), signature(kSecret, now, "{ }"));
  EXPECT_NE(signature(kSecret, now, "{}"), signature(kSecret, now + std::chrono::seconds(1), "{}"));
}

TEST(Webhook, saysWhatHappenedToWhom) {
  const auto told = event();
  const SystemClock clock;
  const auto request = webhook({.webhook_url = "http://n8n:5678/webhook/busflow", .signing_secret = kSecret}, told,
                               "token", clock.now());
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(header(request, "x-busflow-delivery"), told.id.to_string());
  EXPECT_EQ(header(request, "x-busflow-token"), "token");
  const auto body = json::parse(request.body)->get_object();
  EXPECT_EQ(body.at("id"), json::Value(told.id.to_string()));
  EXPECT_EQ(body.at("tenant_id"), json::Value(told.tenant_id.to_string()));
  EXPECT_EQ(json::serialize(body.at("payload")), R"({"title":"Lofoten"})");
  EXPECT_FALSE(request.body.contains("token"));
}

TEST(Webhook, isToldAgainWhenItWasNotTaken) {
  EXPECT_TRUE(check_taken({.status = 200, .headers = {}, .body = {}}));
  EXPECT_TRUE(check_taken({.status = 204, .headers = {}, .body = {}}));
  for (const std::uint16_t status : {302, 401, 404, 500})
    EXPECT_EQ(check_taken({.status = status, .headers = {}, .body = {}}).error().name, ErrorName::kUpstreamInvalid);
}

TEST(Automation, needsASecretToTellAnything) {
  EXPECT_TRUE(check({.webhook_url = "", .signing_secret = ""}));
  EXPECT_FALSE(check({.webhook_url = "https://n8n.example", .signing_secret = "short"}));
  EXPECT_TRUE(check({.webhook_url = "https://n8n.example", .signing_secret = kSecret}));
}

TEST(Automation, tellsNothingWithoutAnAddress) {
  const auto minter = token::Minter::create(kSecret, "busflow", std::chrono::seconds(60)).value();
  const http_client::Client http;
  const auto handlers = [&](const std::string& address) {
    return make_module({.minter = minter, .http = http, .options = {.webhook_url = address, .signing_secret = kSecret}})
        .event_handlers;
  };
  EXPECT_TRUE(handlers("").empty());
  ASSERT_EQ(handlers("https://n8n.example").size(), 1U);
  EXPECT_EQ(handlers("https://n8n.example").front().event, "TourDeparturePublished");
}

}  // namespace
}  // namespace busflow::automation
