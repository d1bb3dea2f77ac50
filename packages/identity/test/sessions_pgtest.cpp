#include <mutex>
#include <set>
#include <thread>

#include "identity_fixture.hpp"

namespace busflow::identity {
namespace {

TEST_F(IdentityTest, SigningInGivesASessionWithHasurasClaims) {
  const auto answer = sign_in();
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_TRUE(answer.body.at("mfa").is_null());
  const auto& session = answer.body.at("session").as_object();
  EXPECT_EQ(session.at("accessTokenExpiresIn").as_int64(), 900);
  const auto& user = session.at("user").as_object();
  EXPECT_EQ(text_of(user, "email"), kDispatcher);
  EXPECT_EQ(text_of(user, "defaultRole"), "dispatcher");
  EXPECT_EQ(text_of(user.at("metadata").as_object(), "tenantName"), "Bruning Reisen GmbH");

  const auto verified = verifier_->verify(text_of(session, "accessToken"));
  ASSERT_TRUE(verified) << verified.error().message();
  const auto& variables = (*verified)->variables;
  EXPECT_EQ(variables.at("x-hasura-user-id"), text_of(user, "id"));
  EXPECT_EQ(variables.at("x-hasura-tenant-id"), name_based_identifier("operator/bruning").to_string());
  EXPECT_EQ(variables.at("x-hasura-plan"), "PRO");
  EXPECT_EQ((*verified)->default_role, "dispatcher");
  EXPECT_EQ((*verified)->allowed_roles, std::vector<std::string>{"dispatcher"});
}

TEST_F(IdentityTest, StaffSignInWithoutATenantAndStaySignedIn) {
  const auto answer = sign_in("staff@busflow.example");
  ASSERT_EQ(answer.status, 200) << answer.text;
  const auto& session = answer.body.at("session").as_object();
  EXPECT_EQ(text_of(session.at("user").as_object(), "defaultRole"), "busflow_staff");
  const auto verified = verifier_->verify(text_of(session, "accessToken"));
  ASSERT_TRUE(verified) << verified.error().message();
  EXPECT_EQ((*verified)->variables.count("x-hasura-tenant-id"), 0U);

  const auto second = refresh(text_of(session, "refreshToken"));
  ASSERT_EQ(second.status, 200) << second.text;
  database_.run("delete from identity.staff");
  const auto third = refresh(second.field("refreshToken"));
  EXPECT_EQ(text_of(third.body.at("user").as_object(), "defaultRole"), "user") << "staff no more";
}

TEST_F(IdentityTest, TheAddressIsReadInAnyCase) { EXPECT_EQ(sign_in("Dispatcher@BRUNING.example").status, 200); }

TEST_F(IdentityTest, AWrongPasswordAndAnUnknownAccountGetTheSameAnswer) {
  const auto wrong = sign_in(kDispatcher, "busflow-demo ");
  const auto unknown = sign_in("nobody@bruning.example");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.field("error"), "invalid-email-password");
  EXPECT_EQ(wrong.text, unknown.text);
}

TEST_F(IdentityTest, ADisabledUserAndAnInactiveOperatorAreKeptOut) {
  const auto token = text_of(session(), "refreshToken");
  database_.run("update identity.users set is_disabled = true");
  EXPECT_EQ(sign_in().status, 401);
  EXPECT_EQ(refresh(token).status, 401);
  database_.run("update identity.users set is_disabled = false; update identity.tenants set is_active = false");
  EXPECT_EQ(sign_in().status, 401);
}

TEST_F(IdentityTest, ARefreshTokenWorksOnce) {
  const auto first = session();
  const auto second = refresh(text_of(first, "refreshToken"));
  ASSERT_EQ(second.status, 200) << second.text;
  EXPECT_NE(second.field("refreshToken"), text_of(first, "refreshToken"));
  EXPECT_TRUE(verifier_->verify(second.field("accessToken")));
  const auto third = refresh(second.field("refreshToken"));
  EXPECT_EQ(third.status, 200) << third.text;
}

TEST_F(IdentityTest, ATokenThatComesAgainSoonGivesTheSameSuccessor) {
  const auto first = text_of(session(), "refreshToken");
  const auto second = refresh(first);
  ASSERT_EQ(second.status, 200);
  clock_.advance(std::chrono::seconds(59));
  const auto again = refresh(first);
  ASSERT_EQ(again.status, 200) << again.text;
  EXPECT_EQ(again.field("refreshToken"), second.field("refreshToken"));
  EXPECT_EQ(again.field("refreshTokenId"), second.field("refreshTokenId"));
  EXPECT_EQ(database_.value("select count(*) from identity.refresh_tokens"), "2");
  EXPECT_EQ(refresh(second.field("refreshToken")).status, 200);
}

TEST_F(IdentityTest, ATokenThatComesAgainLaterEndsTheWholeSignInAndNoOther) {
  const auto other = session();
  const auto first = session();
  const auto second = refresh(text_of(first, "refreshToken"));
  ASSERT_EQ(second.status, 200);
  clock_.advance(std::chrono::seconds(60));
  const auto again = refresh(text_of(first, "refreshToken"));
  EXPECT_EQ(again.status, 401);
  EXPECT_EQ(again.field("error"), "invalid-refresh-token");
  EXPECT_EQ(refresh(second.field("refreshToken")).status, 401);
  EXPECT_EQ(refresh(text_of(other, "refreshToken")).status, 200);
  EXPECT_NE(database_.value("select count(*) from identity.security_events where event = 'refresh-token-refused'"), "0")
      << "an auditor can see it";
}

TEST_F(IdentityTest, ManyWhoPresentATokenAtOnceGetTheSameSuccessor) {
  const auto token = text_of(session(), "refreshToken");
  std::mutex mutex;
  std::set<std::string> successors;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto successor = refresh(token).field("refreshToken");
      const std::lock_guard lock(mutex);
      successors.insert(successor);
    });
  }
  threads.clear();
  EXPECT_EQ(successors.size(), 1U);
}

TEST_F(IdentityTest, TooManyFailuresMakeTheAccountAndTheAddressWait) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sign_in(kDispatcher, "wrong").status, 401);
  const auto refused = sign_in();
  EXPECT_EQ(refused.status, 429) << "the right password as well";
  EXPECT_EQ(refused.headers.at("retry-after"), "300");
  EXPECT_EQ(sign_in("nobody@bruning.example", "wrong").status, 401) << "nobody has to wait as well";
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(sign_in().status, 200);

  auto options = default_options();
  options.failed_sign_ins_by_address = 2;
  use(options);
  for (const auto* name : {"a@b.example", "c@d.example"}) EXPECT_EQ(sign_in(name, "wrong").status, 401);
  EXPECT_EQ(sign_in("e@f.example", "wrong").status, 429);
}

TEST_F(IdentityTest, WhoSignsInInTimeIsNotCounted) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(sign_in(kDispatcher, "wrong").status, 401);
    EXPECT_EQ(sign_in().status, 200);
  }
}

TEST_F(IdentityTest, ATokenIsVerified) {
  const auto token = text_of(session(), "accessToken");
  EXPECT_EQ(post("/v1/auth/token/verify", "", token).status, 200);
  EXPECT_EQ(post("/v1/auth/token/verify", json::serialize(json::Object{{"token", token}})).status, 200);
  EXPECT_EQ(post("/v1/auth/token/verify", "").status, 401);
  EXPECT_EQ(post("/v1/auth/token/verify", "", token + "x").status, 401);
  EXPECT_EQ(text_of(get("/v1/auth/user", token).body, "email"), kDispatcher);
  clock_.advance(std::chrono::seconds(900));
  EXPECT_EQ(post("/v1/auth/token/verify", "", token).status, 401);
}

TEST_F(IdentityTest, RefreshTokensExpire) {
  const auto token = text_of(session(), "refreshToken");
  clock_.advance(std::chrono::hours(24 * 7 + 1));
  EXPECT_EQ(refresh(token).status, 401);
  session();
  EXPECT_EQ(database_.value("select count(*) from identity.refresh_tokens"), "1") << "expired ones are cleared away";
}

TEST_F(IdentityTest, SigningOutEndsTheSession) {
  const auto token = text_of(session(), "refreshToken");
  const auto answer = sign_out(token);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.text, R"("OK")");
  EXPECT_EQ(refresh(token).status, 401);
  EXPECT_EQ(sign_out("unknown").status, 200);
}

TEST_F(IdentityTest, OnlyHashesAreStored) {
  const auto first = session();
  const auto stored = database_.value("select token_hash from identity.refresh_tokens");
  EXPECT_EQ(stored.size(), 64U);
  EXPECT_NE(stored, text_of(first, "refreshToken"));
  EXPECT_EQ(database_.value("select count(*) from identity.users where password_hash like '%busflow-demo%'"), "0");
}

TEST_F(IdentityTest, BadInputNamesTheField) {
  const auto path = "/v1/auth/signin/email-password";
  EXPECT_EQ(post(path, "{").field("error"), "invalid-request");
  EXPECT_EQ(post(path, "[]").status, 400);
  const auto missing = post(path, R"({"email": "a@b.example"})");
  EXPECT_EQ(missing.status, 400);
  EXPECT_NE(missing.field("message").find("password"), std::string::npos) << missing.text;
  const auto wrong_type = post(path, R"({"email": 3, "password": "x"})");
  EXPECT_EQ(wrong_type.status, 400);
  EXPECT_NE(wrong_type.field("message").find("email"), std::string::npos) << wrong_type.text;
  EXPECT_EQ(sign_in(kDispatcher, std::string(100000, 'x')).status, 401);
  EXPECT_EQ(sign_in("x' or '1'='1", "x").status, 401);
  EXPECT_EQ(post("/v1/auth/token", R"({"refreshToken": null})").status, 400);
}

TEST_F(IdentityTest, ASharedSecretIsNotPublished) {
  const auto answer = get("/v1/auth/.well-known/jwks.json", "");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.text, R"({"keys":[]})");
}

TEST_F(IdentityTest, SeedingAgainChangesNothing) {
  const auto before = database_.value("select string_agg(password_hash, ' ' order by id) from identity.users");
  auto seeding = context();
  ASSERT_TRUE(module_.seed_demo(seeding));
  EXPECT_EQ(database_.value("select string_agg(password_hash, ' ' order by id) from identity.users"), before);
  EXPECT_EQ(database_.value("select count(*) from identity.memberships"), "4");
}

TEST_F(IdentityTest, CustomClaimsSayWhatTheSettingsNameAndNoMore) {
  auto options = default_options();
  options.custom_claims =
      read_custom_claims(R"({"language":"locale","tours":"metadata.tours","deep":"metadata.a.b","none":"metadata.x"})")
          .value();
  use(options);
  database_.run(
      "update identity.users set metadata = '{\"tours\": [\"a\", \"b c\"], \"a\": {\"b\": 7}}'"
      " where email = 'dispatcher@bruning.example'");
  const auto verified = verifier_->verify(text_of(session(), "accessToken")).value();
  EXPECT_EQ(verified->variables.at("x-hasura-language"), "de");
  EXPECT_EQ(verified->variables.at("x-hasura-tours"), R"({"a","b c"})");
  EXPECT_EQ(verified->variables.at("x-hasura-deep"), "7");
  EXPECT_FALSE(verified->variables.contains("x-hasura-none"));
}

TEST(CustomClaims, NeverSayWhoSomebodyIs) {
  for (const auto* text : {R"({"tenant-id":"metadata.tenant"})", R"({"role":"locale"})", R"({"user-id":"email"})",
                           R"({"auth-elevated":"metadata.x"})", R"({"Role":"locale"})", R"({"x":"password_hash"})",
                           R"({"x":"metadata."})", R"({"x":7})", "[]"}) {
    const auto claims = read_custom_claims(text);
    ASSERT_FALSE(claims) << text;
    EXPECT_EQ(claims.error().name, ErrorName::kInvalidSetting);
  }
  EXPECT_TRUE(read_custom_claims("")->empty());
}

}  // namespace
}  // namespace busflow::identity
