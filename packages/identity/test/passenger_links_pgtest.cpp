#include "identity_fixture.hpp"

namespace busflow::identity {
namespace {

constexpr auto kLinks = "/v1/auth/passenger-links";
constexpr auto kBooking = "11111111-1111-4111-8111-111111111111";

class PassengerLinksTest : public IdentityTest {
 protected:
  std::string token(std::string_view email = kDispatcher) {
    return text_of(sign_in(email).body.at("session").as_object(), "accessToken");
  }
  Answer send(const std::string& access_token, const std::string& expires_at = "") {
    json::Object body{{"bookingId", kBooking}, {"email", "anna@example.com"}, {"displayName", "Anna"}};
    if (!expires_at.empty()) body["expiresAt"] = expires_at;
    return post(kLinks, json::serialize(body), access_token);
  }
  std::string mailed() {
    const auto link = variable(messages("anna@example.com").back(), "link");
    return link.substr(link.find('#') + 1);
  }
  Answer enter(const std::string& link) {
    return post("/v1/auth/signin/passenger-link", json::serialize(json::Object{{"link", link}}));
  }
};

TEST_F(PassengerLinksTest, ALinkLeadsToOneBookingUntilItExpires) {
  ASSERT_EQ(send(token()).status, 200);
  const auto sent = messages("anna@example.com");
  EXPECT_EQ(variable(sent[0], "tenant_name"), "Bruning Reisen GmbH");
  const auto answer = enter(mailed());
  ASSERT_EQ(answer.status, 200) << answer.text;
  const auto verified = verifier_->verify(answer.field("accessToken")).value();
  EXPECT_EQ(verified->default_role, "passenger");
  EXPECT_EQ(verified->variables.at("x-hasura-booking-id"), kBooking);
  EXPECT_EQ(verified->allowed_roles, std::vector<std::string>{"passenger"});
  EXPECT_EQ(enter(mailed()).status, 200) << "people open their mail more than once";
  clock_.advance(std::chrono::days(31));
  EXPECT_EQ(enter(mailed()).field("error"), "invalid-ticket");
}

TEST_F(PassengerLinksTest, AnOperatorsStaffSendAndTakeBackTheirOwn) {
  ASSERT_EQ(send(token()).status, 200);
  const auto link = mailed();
  const auto path = std::string(kLinks) + "/" + kBooking;
  EXPECT_EQ(call("DELETE", path, {.access_token = token("dispatcher@nordlicht.example")}).status, 404);
  EXPECT_EQ(enter(link).status, 200);
  EXPECT_EQ(call("DELETE", path, {.access_token = token()}).status, 200);
  EXPECT_EQ(enter(link).field("error"), "invalid-ticket");
  EXPECT_EQ(send(token("driver@bruning.example")).status, 403);
  EXPECT_EQ(send(token("staff@busflow.example")).status, 403);
  EXPECT_EQ(send("").status, 401);
}

TEST_F(PassengerLinksTest, APassengerHasNoAccount) {
  ASSERT_EQ(send(token()).status, 200);
  const auto passenger = enter(mailed()).field("accessToken");
  EXPECT_EQ(send(passenger).status, 403);
  EXPECT_EQ(get("/v1/auth/user", passenger).status, 403);
  EXPECT_EQ(post("/v1/auth/user/password", R"({"newPassword":"long enough it is"})", passenger).status, 403);
  EXPECT_EQ(post("/v1/auth/token/verify", "", passenger).status, 200);
}

TEST_F(PassengerLinksTest, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(send(token(), "2026-11-01T00:00:00Z").status, 400) << "over already";
  EXPECT_EQ(send(token(), "2027-11-01T00:00:00Z").status, 400) << "too long";
  EXPECT_EQ(send(token(), "2026-12-01T00:00:00Z").status, 200);
  EXPECT_EQ(enter("").field("error"), "invalid-ticket");
  EXPECT_EQ(enter("passengerLink:0000").field("error"), "invalid-ticket");
  EXPECT_EQ(database_.value("select count(*) from identity.passenger_links where link_hash like '%passenger%'"), "0");
}

}  // namespace
}  // namespace busflow::identity
