#include "identity_fixture.hpp"

namespace busflow::identity {
namespace {

constexpr auto kManager = "manager@bruning.example";
constexpr auto kMembers = "/v1/auth/members";

class MembersTest : public IdentityTest {
 protected:
  std::string token(std::string_view email = kManager) {
    return text_of(sign_in(email).body.at("session").as_object(), "accessToken");
  }
  Answer invite(const std::string& access_token, const std::string& email = "anna@example.com") {
    return post(kMembers,
                json::serialize(json::Object{{"email", email}, {"role", "dispatcher"}, {"displayName", "Anna"}}),
                access_token);
  }
  static std::string user(std::string_view email) {
    return name_based_identifier("user/" + std::string(email)).to_string();
  }
};

TEST_F(MembersTest, AManagerInvitesAndTheInvitedChooseTheirPassword) {
  ASSERT_EQ(invite(token()).status, 200);
  const auto sent = messages("anna@example.com");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(variable(sent[0], "tenant_name"), "Bruning Reisen GmbH");
  EXPECT_EQ(post("/v1/auth/user/password",
                 json::serialize(json::Object{{"newPassword", "long enough"}, {"ticket", variable(sent[0], "ticket")}}))
                .status,
            200);
  const auto answer = sign_in("anna@example.com", "long enough");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(text_of(answer.body.at("session").as_object().at("user").as_object(), "defaultRole"), "dispatcher");
  EXPECT_EQ(invite(token()).status, 409) << "twice";
  EXPECT_EQ(get(kMembers, token()).list.size(), 4U);
}

TEST_F(MembersTest, OnlyManagersMay) {
  EXPECT_EQ(invite(token(kDispatcher)).status, 403);
  EXPECT_EQ(get(kMembers, token("staff@busflow.example")).status, 403);
  EXPECT_EQ(get(kMembers, "").status, 401);
}

TEST_F(MembersTest, AnotherOperatorsMembersAreOutOfReach) {
  const auto stranger = user("dispatcher@nordlicht.example");
  EXPECT_EQ(call("DELETE", std::string(kMembers) + "/" + stranger, {.access_token = token()}).status, 404);
  EXPECT_EQ(
      call("PUT", std::string(kMembers) + "/" + stranger, {.body = R"({"role": "driver"})", .access_token = token()})
          .status,
      404);
  EXPECT_EQ(sign_in("dispatcher@nordlicht.example").status, 200);
}

TEST_F(MembersTest, WhoIsRemovedIsSignedOut) {
  const auto session_of_dispatcher = session();
  const auto path = std::string(kMembers) + "/" + user(kDispatcher);
  ASSERT_EQ(call("DELETE", path, {.access_token = token()}).status, 200);
  EXPECT_EQ(refresh(text_of(session_of_dispatcher, "refreshToken")).status, 401);
  EXPECT_EQ(call("DELETE", path, {.access_token = token()}).status, 404);
  EXPECT_EQ(call("DELETE", std::string(kMembers) + "/" + user(kManager), {.access_token = token()}).status, 409)
      << "themselves";
}

TEST_F(MembersTest, ARoleChanges) {
  const auto path = std::string(kMembers) + "/" + user(kDispatcher);
  EXPECT_EQ(call("PUT", path, {.body = R"({"role": "busflow_staff"})", .access_token = token()}).status, 400);
  ASSERT_EQ(call("PUT", path, {.body = R"({"role": "driver"})", .access_token = token()}).status, 200);
  EXPECT_EQ(text_of(session().at("user").as_object(), "defaultRole"), "driver");
}

TEST_F(MembersTest, WhoWorksForSeveralOperatorsChooses) {
  const auto bruning = name_based_identifier("operator/bruning").to_string();
  const auto nordlicht = name_based_identifier("operator/nordlicht").to_string();
  database_.run(
      "insert into identity.memberships (tenant_id, user_id, default_role, allowed_roles, created_at) values ('" +
      nordlicht + "', '" + user(kDispatcher) + "', 'driver', '{driver}', now() + interval '1 day')");
  const auto access_token = token(kDispatcher);
  const auto choices = get("/v1/auth/tenants", access_token);
  ASSERT_EQ(choices.list.size(), 2U) << choices.text;
  EXPECT_EQ(text_of(choices.list[0].as_object(), "tenantId"), bruning);

  const auto chosen =
      post("/v1/auth/select-tenant", json::serialize(json::Object{{"tenantId", nordlicht}}), access_token);
  ASSERT_EQ(chosen.status, 200) << chosen.text;
  const auto& session = chosen.body.at("session").as_object();
  const auto verified = verifier_->verify(text_of(session, "accessToken"));
  EXPECT_EQ((*verified)->variables.at("x-hasura-tenant-id"), nordlicht);
  EXPECT_EQ((*verified)->default_role, "driver");
  const auto refreshed = refresh(text_of(session, "refreshToken"));
  EXPECT_EQ((*verifier_->verify(refreshed.field("accessToken")))->variables.at("x-hasura-tenant-id"), nordlicht);

  const auto elsewhere = name_based_identifier("operator/elsewhere").to_string();
  EXPECT_EQ(post("/v1/auth/select-tenant", json::serialize(json::Object{{"tenantId", elsewhere}}), access_token).status,
            403);
  EXPECT_EQ(post("/v1/auth/select-tenant", R"({"tenantId": "x"})", access_token).status, 400);
}

TEST_F(MembersTest, SessionsAreListedAndEnded) {
  const auto first = session();
  const auto second = session();
  const auto list = get("/v1/auth/user/sessions", text_of(second, "accessToken"));
  ASSERT_EQ(list.list.size(), 2U) << list.text;
  std::string other;
  for (const auto& one : list.list) {
    if (!one.at("isCurrent").as_bool()) other = text_of(one.as_object(), "id");
  }
  EXPECT_EQ(call("DELETE", "/v1/auth/user/sessions/" + other, {.access_token = token()}).status, 404)
      << "somebody else's";
  EXPECT_EQ(call("DELETE", "/v1/auth/user/sessions/" + other, {.access_token = text_of(second, "accessToken")}).status,
            200);
  EXPECT_EQ(refresh(text_of(first, "refreshToken")).status, 401);
  EXPECT_EQ(post("/v1/auth/signout", R"({"all": true})", text_of(second, "accessToken")).status, 200);
  EXPECT_EQ(refresh(text_of(second, "refreshToken")).status, 401);
  EXPECT_EQ(post("/v1/auth/signout", R"({"all": true})").status, 401);
}

}  // namespace
}  // namespace busflow::identity
