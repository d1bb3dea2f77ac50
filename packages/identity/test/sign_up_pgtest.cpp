#include "identity_fixture.hpp"

namespace busflow::identity {
namespace {

constexpr auto kSignUp = "/v1/auth/signup/email-password";
constexpr auto kAnna = R"({"email": "anna@example.com", "password": "long enough"})";

class SignUpTest : public IdentityTest {
 protected:
  /// Follows the link of the newest message to Anna, as a browser does.
  Answer follow_link(std::string_view method = "GET") {
    const auto sent = messages("anna@example.com");
    if (sent.empty()) return {};
    const auto ticket = variable(sent.back(), "ticket");
    return call(method, "/v1/auth/verify",
                {.query = {{"ticket", ticket}, {"type", "emailVerify"}, {"redirectTo", "http://127.0.0.1:8080/in"}}});
  }
  static std::string refresh_token_of(const Answer& answer) {
    const auto& location = answer.headers.at("location");
    const auto begin = location.find("refreshToken=");
    return begin == std::string::npos ? "" : location.substr(begin + 13, 64);
  }
};

TEST_F(SignUpTest, WhoSignsUpProvesTheAddressFirst) {
  const auto answer = post(kSignUp, kAnna);
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_TRUE(answer.body.at("session").is_null());
  const auto early = sign_in("anna@example.com", "long enough");
  EXPECT_EQ(early.status, 401);
  EXPECT_EQ(early.field("error"), "unverified-user");

  ASSERT_EQ(messages("anna@example.com").size(), 1U);
  EXPECT_TRUE(variable(messages("anna@example.com")[0], "link")
                  .starts_with("http://127.0.0.1:4000/v1/auth/verify?ticket=verifyEmail"));
  const auto followed = follow_link();
  ASSERT_EQ(followed.status, 302) << followed.text;
  EXPECT_TRUE(followed.headers.at("location").starts_with("http://127.0.0.1:8080/in?refreshToken="));
  EXPECT_TRUE(followed.headers.at("location").ends_with("&type=emailVerify"));
  const auto session = refresh(refresh_token_of(followed));
  ASSERT_EQ(session.status, 200) << session.text;
  const auto& user = session.body.at("user").as_object();
  EXPECT_EQ(text_of(user, "defaultRole"), "user");
  EXPECT_TRUE(user.at("emailVerified").as_bool());
  EXPECT_EQ(sign_in("anna@example.com", "long enough").status, 200);
}

TEST_F(SignUpTest, ALinkWorksOnceAndAScannerDoesNotUseItUp) {
  post(kSignUp, kAnna);
  EXPECT_EQ(follow_link("HEAD").status, 204);
  EXPECT_EQ(follow_link().status, 302);
  const auto again = follow_link();
  EXPECT_EQ(again.status, 302);
  EXPECT_TRUE(again.headers.at("location").starts_with("http://127.0.0.1:8080/in?error=invalid-ticket"));
}

TEST_F(SignUpTest, AnAddressWithAnAccountGetsTheSameAnswer) {
  const auto fresh = post(kSignUp, kAnna);
  const auto known = post(kSignUp, R"({"email": "dispatcher@bruning.example", "password": "long enough"})");
  EXPECT_EQ(fresh.status, known.status);
  EXPECT_EQ(fresh.text, known.text);
  const auto sent = messages(kDispatcher);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(text_of(sent[0], "template"), "account-exists");
  EXPECT_EQ(sign_in().status, 200) << "the password stays as it was";
}

TEST_F(SignUpTest, WithoutProofThereIsASessionAtOnce) {
  auto options = default_options();
  options.needs_verified_email = false;
  use(options);
  const auto answer = post(kSignUp, R"({"email": "anna@example.com", "password": "long enough",
      "options": {"displayName": "Anna", "locale": "en", "metadata": {"shoe": 38}}})");
  ASSERT_EQ(answer.status, 200) << answer.text;
  const auto& user = answer.body.at("session").as_object().at("user").as_object();
  EXPECT_EQ(text_of(user, "displayName"), "Anna");
  EXPECT_EQ(user.at("metadata").as_object().at("shoe").as_int64(), 38);
  const auto again = post(kSignUp, kAnna);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.field("error"), "email-already-in-use");
}

TEST_F(SignUpTest, BadInputIsNamed) {
  const auto error = [&](const std::string& body) { return post(kSignUp, body).field("error"); };
  EXPECT_EQ(error(R"({"email": "anna@example.com", "password": "short"})"), "password-too-short");
  EXPECT_EQ(error(R"({"email": "anna", "password": "long enough"})"), "invalid-request");
  EXPECT_EQ(error(R"({"email": "a@b.example\r\nBcc: c@d.example", "password": "long enough"})"), "invalid-request");
  EXPECT_EQ(error(R"({"password": "long enough"})"), "invalid-request");
  EXPECT_EQ(error("[]"), "invalid-request");
  EXPECT_EQ(error("{"), "invalid-request");
  EXPECT_EQ(error(R"({"email": "a@b.example", "password": "long enough", "options": {"locale": "DE"}})"),
            "locale-not-allowed");
  EXPECT_EQ(error(R"({"email": "a@b.example", "password": "long enough", "options": {"defaultRole": "manager"}})"),
            "role-not-allowed");
  EXPECT_EQ(
      error(
          R"({"email": "a@b.example", "password": "long enough", "options": {"redirectTo": "https://evil.example"}})"),
      "redirectTo-not-allowed");
}

TEST_F(SignUpTest, NobodyIsSentElsewhere) {
  post(kSignUp, kAnna);
  const auto ticket = variable(messages("anna@example.com").back(), "ticket");
  for (const auto* elsewhere : {"https://evil.example", "//evil.example", "http://127.0.0.1:8080@evil.example/",
                                "http://127.0.0.1:8080.evil.example/", "http://127.0.0.1:80801/", "javascript:alert(1)",
                                "http://127.0.0.1:8080\\@evil.example"}) {
    const auto answer = call("GET", "/v1/auth/verify", {.query = {{"ticket", ticket}, {"redirectTo", elsewhere}}});
    EXPECT_EQ(answer.status, 400) << elsewhere;
    EXPECT_EQ(answer.field("error"), "redirectTo-not-allowed") << elsewhere;
  }
  EXPECT_EQ(follow_link().status, 302) << "the ticket is still good";
}

TEST_F(SignUpTest, TooManySignUpsFromOneAddressHaveToWait) {
  auto options = default_options();
  options.sign_ups_by_address = 2;
  use(options);
  for (const auto* name : {"a", "b"})
    EXPECT_EQ(post(kSignUp, fmt::format(R"({{"email": "{}@example.com", "password": "long enough"}})", name)).status,
              200);
  const auto refused = post(kSignUp, kAnna);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.at("retry-after"), "300");
  EXPECT_EQ(call("POST", kSignUp, {.body = kAnna, .address = "198.51.100.8"}).status, 200);
}

TEST_F(SignUpTest, SigningUpCanBeClosed) {
  auto options = default_options();
  options.is_sign_up_open = false;
  use(options);
  EXPECT_EQ(post(kSignUp, kAnna).field("error"), "signup-disabled");
  EXPECT_EQ(post("/v1/auth/signin/anonymous", "").field("error"), "signup-disabled");
  EXPECT_EQ(post("/v1/auth/signin/otp/email", R"({"email": "anna@example.com"})").status, 200) << "as for everybody";
  EXPECT_TRUE(messages("anna@example.com").empty());
}

TEST_F(SignUpTest, AnonymousUsersCanBecomeSomebody) {
  const auto answer = post("/v1/auth/signin/anonymous", "");
  ASSERT_EQ(answer.status, 200) << answer.text;
  const auto session = answer.body.at("session").as_object();
  EXPECT_EQ(text_of(session.at("user").as_object(), "defaultRole"), "anonymous");
  const auto token = text_of(session, "accessToken");
  EXPECT_EQ(post("/v1/auth/user/password", R"({"newPassword": "long enough"})", token).field("error"),
            "forbidden-anonymous");

  const auto body = R"({"signInMethod": "email-password", "email": "anna@example.com", "password": "long enough"})";
  ASSERT_EQ(post("/v1/auth/user/deanonymize", body, token).status, 200);
  EXPECT_EQ(refresh(text_of(session, "refreshToken")).status, 401) << "the session of somebody else";
  EXPECT_EQ(follow_link().status, 302);
  EXPECT_EQ(sign_in("anna@example.com", "long enough").status, 200);
  const auto known = text_of(this->session(), "accessToken");
  EXPECT_EQ(post("/v1/auth/user/deanonymize", body, known).field("error"), "user-not-anonymous");
}

TEST_F(SignUpTest, AnAnonymousUserDoesNotLearnWhoseAddressesAreKnown) {
  const auto session = post("/v1/auth/signin/anonymous", "").body.at("session").as_object();
  const auto body =
      R"({"signInMethod": "email-password", "email": "dispatcher@bruning.example", "password": "long enough"})";
  const auto answer = post("/v1/auth/user/deanonymize", body, text_of(session, "accessToken"));
  EXPECT_EQ(answer.text, "\"OK\"");
  EXPECT_EQ(text_of(messages(kDispatcher).back(), "template"), "account-exists");
  EXPECT_EQ(sign_in().status, 200) << "it stays its owner's";
}

TEST_F(SignUpTest, AnAddressChangesOnceTheNewOneIsProven) {
  const auto token = text_of(session(), "accessToken");
  ASSERT_EQ(post("/v1/auth/user/email/change", R"({"newEmail": "anna@example.com"})", token).status, 200);
  EXPECT_EQ(sign_in("anna@example.com").status, 401) << "not yet";
  EXPECT_EQ(follow_link().status, 302);
  EXPECT_EQ(sign_in("anna@example.com").status, 200);
  EXPECT_EQ(sign_in().status, 401);
}

TEST_F(SignUpTest, AnAddressOfAnotherIsNotTaken) {
  const auto token = text_of(session(), "accessToken");
  EXPECT_EQ(post("/v1/auth/user/email/change", R"({"newEmail": "manager@bruning.example"})", token).status, 200);
  EXPECT_TRUE(messages("manager@bruning.example").empty());
}

TEST_F(SignUpTest, TheProofIsMailedAgainToWhoNeedsIt) {
  post(kSignUp, kAnna);
  const auto again = [&](const std::string& email) {
    return post("/v1/auth/user/email/send-verification-email", json::serialize(json::Object{{"email", email}})).text;
  };
  EXPECT_EQ(again("anna@example.com"), "\"OK\"");
  EXPECT_EQ(again("nobody@example.com"), "\"OK\"");
  EXPECT_EQ(again(std::string(kDispatcher)), "\"OK\"");
  EXPECT_EQ(messages("anna@example.com").size(), 2U);
  EXPECT_TRUE(messages("nobody@example.com").empty());
  EXPECT_TRUE(messages(kDispatcher).empty()) << "proven already";
}

TEST_F(SignUpTest, AProfileTakesNoAddressThatCouldDoHarm) {
  const auto token = text_of(session(), "accessToken");
  const auto change = [&](std::string_view avatar) {
    return post("/v1/auth/user/profile", json::serialize(json::Object{{"avatarUrl", avatar}}), token).status;
  };
  for (const auto* wrong : {"http://169.254.169.254/", "javascript:alert(1)", "https://user@host/",
                            "/v1/storage/files/../x", "//evil.example/x", "data:image/svg+xml,x", "https://a b/"})
    EXPECT_EQ(change(wrong), 400) << wrong;
  EXPECT_EQ(change("https://pictures.example/anna.png"), 200);
  EXPECT_EQ(change("/v1/storage/files/11111111-1111-4111-8111-111111111111"), 200);
  EXPECT_EQ(get("/v1/auth/user", token).field("avatarUrl"), "/v1/storage/files/11111111-1111-4111-8111-111111111111");
  EXPECT_EQ(post("/v1/auth/user/profile", R"({"displayName":"Neu","locale":"en"})", token).status, 200);
  const auto user = get("/v1/auth/user", token);
  EXPECT_EQ(user.field("displayName") + user.field("locale"), "Neuen");
  EXPECT_EQ(post("/v1/auth/user/profile", R"({"displayName":""})", token).status, 400);
}

TEST_F(SignUpTest, AWayThatIsSwitchedOffSaysSo) {
  auto options = default_options();
  options.methods = read_methods("email-link, email-code").value();
  use(options);
  EXPECT_EQ(sign_in().field("error"), "disabled-endpoint");
  EXPECT_EQ(post("/v1/auth/signin/anonymous", "{}").status, 409);
  EXPECT_EQ(post("/v1/auth/signin/otp/email", R"({"email":"anna@example.com"})").status, 200);
  EXPECT_EQ(get("/v1/auth/methods", "").body.at("methods").as_array().size(), 2U);
}

TEST(Methods, AreNamedOrRefused) {
  EXPECT_EQ(read_methods("password")->size(), 1U);
  const auto wrong = read_methods("password,pasword");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().name, ErrorName::kInvalidSetting);
  EXPECT_NE(wrong.error().message().find("\"pasword\""), std::string_view::npos);
}

}  // namespace
}  // namespace busflow::identity
