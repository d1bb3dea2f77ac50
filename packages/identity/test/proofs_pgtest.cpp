#include <platform/totp/totp.hpp>

#include "identity_fixture.hpp"

namespace busflow::identity {
namespace {

using std::chrono::seconds;

class ProofsTest : public IdentityTest {
 protected:
  std::string ticket() { return variable(messages(kDispatcher).back(), "ticket"); }
  std::string code(std::string_view recipient) { return variable(messages(recipient).back(), "code"); }
  static std::string otp_body(std::string_view field, std::string_view recipient, std::string_view code) {
    return json::serialize(json::Object{{field, recipient}, {"otp", code}});
  }
  Answer reset(std::string_view email = kDispatcher) {
    return post("/v1/auth/user/password/reset", json::serialize(json::Object{{"email", email}}));
  }
  Answer new_password(const std::string& ticket, std::string_view password = "a new password") {
    return post("/v1/auth/user/password", json::serialize(json::Object{{"newPassword", password}, {"ticket", ticket}}));
  }
  std::string access_token() { return text_of(session(), "accessToken"); }

  /// Switches the second factor on; gives its secret.
  std::string secure(std::vector<std::string>* recovery_codes = nullptr) {
    const auto token = access_token();
    const auto setup = get("/v1/auth/mfa/totp/generate", token);
    EXPECT_TRUE(setup.field("imageUrl").starts_with("data:image/svg+xml;base64,"));
    const auto secret = setup.field("totpSecret");
    const auto done = post("/v1/auth/user/mfa/totp/activate",
                           json::serialize(json::Object{{"code", totp::code_at(secret, clock_.now())}}), token);
    EXPECT_EQ(done.status, 200) << done.text;
    if (recovery_codes != nullptr) {
      for (const auto& one : done.body.at("recoveryCodes").as_array()) recovery_codes->emplace_back(one.as_string());
    }
    clock_.advance(seconds(60));  // A code works once.
    return secret;
  }
  std::string mfa_ticket() {
    const auto answer = sign_in();
    EXPECT_TRUE(answer.body.at("session").is_null()) << answer.text;
    return text_of(answer.body.at("mfa").as_object(), "ticket");
  }
  Answer second(const std::string& ticket, const std::string& otp) {
    return post("/v1/auth/signin/mfa/totp", json::serialize(json::Object{{"ticket", ticket}, {"otp", otp}}));
  }
};

TEST_F(ProofsTest, APasswordIsResetByTheMailedTicketOnceAndEndsAllSessions) {
  const auto before = session();
  ASSERT_EQ(reset().status, 200);
  const auto mailed = ticket();
  EXPECT_EQ(new_password(mailed, "short").field("error"), "password-too-short");
  ASSERT_EQ(new_password(mailed).status, 200);
  EXPECT_EQ(new_password(mailed).field("error"), "invalid-ticket");
  EXPECT_EQ(refresh(text_of(before, "refreshToken")).status, 401);
  EXPECT_EQ(sign_in().status, 401);
  EXPECT_EQ(sign_in(kDispatcher, "a new password").status, 200);
  EXPECT_EQ(text_of(messages(kDispatcher).back(), "template"), "password-changed");
}

TEST_F(ProofsTest, ATicketExpiresAndANewOneReplacesIt) {
  reset();
  const auto first = ticket();
  reset();
  EXPECT_EQ(new_password(first).status, 401) << "replaced";
  const auto second = ticket();
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(new_password(second).status, 401) << "expired";
  EXPECT_EQ(new_password("verifyEmail:" + second.substr(14)).status, 401) << "of another purpose";
}

TEST_F(ProofsTest, AskingForAResetTellsNothing) {
  const auto known = reset();
  const auto unknown = reset("nobody@bruning.example");
  EXPECT_EQ(known.text, unknown.text);
  EXPECT_TRUE(messages("nobody@bruning.example").empty());
}

TEST_F(ProofsTest, MessagesToOneRecipientAreLimited) {
  auto options = default_options();
  options.messages = 2;
  use(options);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(reset().status, 200);
  const auto third = reset();
  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(third.headers.at("retry-after"), "3600");
  EXPECT_EQ(post("/v1/auth/signin/otp/email", R"({"email": "dispatcher@BRUNING.example"})").status, 429)
      << "whatever the message";
}

TEST_F(ProofsTest, AChangedPasswordKeepsTheSessionThatChangedIt) {
  const auto other = session();
  const auto mine = session();
  ASSERT_EQ(post("/v1/auth/user/password", R"({"newPassword": "a new password"})", text_of(mine, "accessToken")).status,
            200);
  EXPECT_EQ(refresh(text_of(other, "refreshToken")).status, 401);
  EXPECT_EQ(refresh(text_of(mine, "refreshToken")).status, 200);
  EXPECT_EQ(post("/v1/auth/user/password", R"({"newPassword": "a new password"})").status, 401) << "nobody's";
}

TEST_F(ProofsTest, ACodeByMailSignsInAndMakesAnAccountWhereThereIsNone) {
  for (const auto* email : {"dispatcher@bruning.example", "anna@example.com"}) {
    ASSERT_EQ(post("/v1/auth/signin/otp/email", json::serialize(json::Object{{"email", email}})).status, 200);
    const auto right = code(email);
    EXPECT_EQ(right.size(), 6U);
    const auto answer = post("/v1/auth/signin/otp/email/verify", otp_body("email", email, right));
    ASSERT_EQ(answer.status, 200) << answer.text;
    EXPECT_EQ(text_of(answer.body.at("session").as_object().at("user").as_object(), "email"), email);
    EXPECT_EQ(post("/v1/auth/signin/otp/email/verify", otp_body("email", email, right)).status, 401) << "once";
  }
}

TEST_F(ProofsTest, ACodeCannotBeGuessed) {
  auto options = default_options();
  options.failed_sign_ins = 100;
  use(options);
  ASSERT_EQ(post("/v1/auth/signin/otp/email", R"({"email": "dispatcher@bruning.example"})").status, 200);
  const auto right = code(kDispatcher);
  const std::string wrong = right == "000000" ? "000001" : "000000";
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(post("/v1/auth/signin/otp/email/verify", otp_body("email", kDispatcher, wrong)).field("error"),
              "invalid-otp");
  EXPECT_EQ(post("/v1/auth/signin/otp/email/verify", otp_body("email", kDispatcher, right)).status, 401)
      << "after five guesses the right one is worth nothing";
}

TEST_F(ProofsTest, ACodeExpires) {
  post("/v1/auth/signin/otp/email", R"({"email": "dispatcher@bruning.example"})");
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(post("/v1/auth/signin/otp/email/verify", otp_body("email", kDispatcher, code(kDispatcher))).status, 401);
}

TEST_F(ProofsTest, ACodeBySmsSignsIn) {
  EXPECT_EQ(post("/v1/auth/signin/passwordless/sms", R"({"phoneNumber": "030 1234"})").status, 400);
  ASSERT_EQ(post("/v1/auth/signin/passwordless/sms", R"({"phoneNumber": "+4915112345678"})").status, 200);
  EXPECT_EQ(text_of(messages("+4915112345678").back(), "channel"), "SMS");
  const auto answer =
      post("/v1/auth/signin/passwordless/sms/otp", otp_body("phoneNumber", "+4915112345678", code("+4915112345678")));
  ASSERT_EQ(answer.status, 200) << answer.text;
  const auto& user = answer.body.at("session").as_object().at("user").as_object();
  EXPECT_EQ(text_of(user, "phoneNumber"), "+4915112345678");
  EXPECT_TRUE(user.at("phoneNumberVerified").as_bool());
  EXPECT_TRUE(user.at("email").is_null());
}

TEST_F(ProofsTest, ALinkByMailSignsIn) {
  ASSERT_EQ(post("/v1/auth/signin/passwordless/email", R"({"email": "dispatcher@bruning.example"})").status, 200);
  const auto followed =
      call("GET", "/v1/auth/verify", {.query = {{"ticket", ticket()}, {"type", "signinPasswordless"}}});
  ASSERT_EQ(followed.status, 302);
  EXPECT_TRUE(followed.headers.at("location").starts_with("http://127.0.0.1:8080?refreshToken="))
      << followed.headers.at("location");
}

TEST_F(ProofsTest, TheSecondFactorIsAskedForOnEveryWayIn) {
  const auto secret = secure();
  EXPECT_EQ(second(mfa_ticket(), totp::code_at(secret, clock_.now())).status, 200);
  clock_.advance(seconds(60));

  post("/v1/auth/signin/otp/email", R"({"email": "dispatcher@bruning.example"})");
  const auto by_code = post("/v1/auth/signin/otp/email/verify", otp_body("email", kDispatcher, code(kDispatcher)));
  EXPECT_TRUE(by_code.body.at("session").is_null()) << by_code.text;

  post("/v1/auth/signin/passwordless/email", R"({"email": "dispatcher@bruning.example"})");
  const auto by_link = call("GET", "/v1/auth/verify", {.query = {{"ticket", ticket()}}});
  EXPECT_TRUE(by_link.headers.at("location").contains("ticket=mfaTotp%3A")) << by_link.headers.at("location");

  reset();
  const auto mailed = ticket();
  const auto by_reset = call("GET", "/v1/auth/verify", {.query = {{"ticket", mailed}}});
  EXPECT_FALSE(by_reset.headers.at("location").contains("refreshToken")) << by_reset.headers.at("location");
  EXPECT_EQ(new_password(mailed).status, 200);
  EXPECT_TRUE(sign_in(kDispatcher, "a new password").body.at("session").is_null());
}

TEST_F(ProofsTest, ACodeOfTheAuthenticatorWorksOnceAndAWrongOneIsRefused) {
  const auto secret = secure();
  const auto now = totp::code_at(secret, clock_.now());
  const auto first = mfa_ticket();
  EXPECT_EQ(second(first, now == "000000" ? "000001" : "000000").field("error"), "invalid-totp");
  ASSERT_EQ(second(first, now).status, 200) << "the ticket survives a typing mistake";
  EXPECT_EQ(second(first, now).field("error"), "invalid-ticket");
  EXPECT_EQ(second(mfa_ticket(), now).field("error"), "invalid-totp") << "seen over a shoulder";
  EXPECT_EQ(second("mfaTotp:0123", now).field("error"), "invalid-ticket");
}

TEST_F(ProofsTest, TheSecondFactorCannotBeGuessed) {
  secure();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(second(mfa_ticket(), "000000").status, 401);
  EXPECT_EQ(second(mfa_ticket(), "000000").status, 429) << "a new ticket does not mean new guesses";
}

TEST_F(ProofsTest, ARecoveryCodeWorksOnce) {
  std::vector<std::string> codes;
  secure(&codes);
  ASSERT_EQ(codes.size(), 10U);
  EXPECT_EQ(second(mfa_ticket(), codes[0]).status, 200);
  EXPECT_EQ(second(mfa_ticket(), codes[0]).status, 401);
  std::string typed = codes[1];
  typed.erase(typed.find('-'), 1);
  EXPECT_EQ(second(mfa_ticket(), typed).status, 200);
}

TEST_F(ProofsTest, TheSecretIsSealedAndTheFactorCanBeSwitchedOff) {
  const auto secret = secure();
  EXPECT_EQ(database_.value("select count(*) from identity.users where totp_secret like '%" + secret + "%'"), "0");
  const auto done = second(mfa_ticket(), totp::code_at(secret, clock_.now()));
  const auto token = text_of(done.body.at("session").as_object(), "accessToken");
  EXPECT_EQ(get("/v1/auth/mfa/totp/generate", token).field("error"), "totp-already-active");
  EXPECT_EQ(post("/v1/auth/user/mfa", R"({"code": "000000", "activeMfaType": ""})", token).field("error"),
            "invalid-totp");
  clock_.advance(seconds(60));
  EXPECT_EQ(
      post("/v1/auth/user/mfa",
           json::serialize(json::Object{{"code", totp::code_at(secret, clock_.now())}, {"activeMfaType", ""}}), token)
          .status,
      200);
  EXPECT_FALSE(sign_in().body.at("session").is_null());
}

TEST_F(ProofsTest, APersonalAccessTokenSignsInUntilItExpires) {
  const auto token = access_token();
  EXPECT_EQ(post("/v1/auth/pat", R"({"expiresAt": "2020-01-01T00:00:00Z"})", token).status, 400);
  const auto created =
      post("/v1/auth/pat", R"({"expiresAt": "2026-12-24T00:00:00.000Z", "metadata": {"for": "n8n"}})", token);
  ASSERT_EQ(created.status, 200) << created.text;
  const auto body = json::serialize(json::Object{{"personalAccessToken", created.field("personalAccessToken")}});
  EXPECT_EQ(post("/v1/auth/signin/pat", body).status, 200);
  EXPECT_EQ(post("/v1/auth/signin/pat", body).status, 200) << "again";
  EXPECT_EQ(refresh(created.field("personalAccessToken")).status, 401) << "it is no refresh token";
  clock_.advance(std::chrono::days(40));
  EXPECT_EQ(post("/v1/auth/signin/pat", body).field("error"), "invalid-pat");
}

TEST_F(ProofsTest, APersonalAccessTokenIsListedAndCanBeTakenBack) {
  const auto token = access_token();
  const auto created = post("/v1/auth/pat", R"({"expiresAt": "2026-12-24T00:00:00Z"})", token);
  const auto list = get("/v1/auth/user/sessions", token).list;
  ASSERT_EQ(list.size(), 2U);
  std::string id;
  for (const auto& one : list) {
    if (one.at("isPersonalAccessToken").as_bool()) id = text_of(one.as_object(), "id");
  }
  EXPECT_EQ(id, created.field("id"));
  EXPECT_EQ(call("DELETE", "/v1/auth/user/sessions/" + id, {.access_token = token}).status, 200);
  const auto body = json::serialize(json::Object{{"personalAccessToken", created.field("personalAccessToken")}});
  EXPECT_EQ(post("/v1/auth/signin/pat", body).field("error"), "invalid-pat");
}

TEST_F(ProofsTest, ABcryptHashIsReplacedOnSignIn) {
  // "correct horse" with cost 10.
  database_.run(
      "update identity.users set password_hash = '$2b$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu'");
  EXPECT_EQ(sign_in(kDispatcher, "wrong horse").status, 401);
  EXPECT_EQ(sign_in(kDispatcher, "correct horse").status, 200);
  EXPECT_EQ(database_.value("select count(*) from identity.users where password_hash like '$argon2id$%'"), "1");
  EXPECT_EQ(sign_in(kDispatcher, "correct horse").status, 200);
}

TEST_F(ProofsTest, WhatAsksForAMessageTakesAsLongForAnUnknownAddress) {
  auto options = default_options();
  options.even_answer = std::chrono::milliseconds(50);
  use(options);
  for (const auto* path : {"/v1/auth/user/password/reset", "/v1/auth/signin/passwordless/email",
                           "/v1/auth/signin/otp/email", "/v1/auth/user/email/send-verification-email"}) {
    for (const auto* email : {"dispatcher@bruning.example", "nobody@example.com"}) {
      const auto begun = std::chrono::steady_clock::now();
      EXPECT_EQ(post(path, fmt::format(R"({{"email":"{}"}})", email)).status, 200) << path;
      EXPECT_GE(std::chrono::steady_clock::now() - begun, options.even_answer) << path << " " << email;
    }
  }
}

}  // namespace
}  // namespace busflow::identity
