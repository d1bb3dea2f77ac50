#include "identity_fixture.hpp"

#include <chrono>

namespace busflow::identity {
namespace {

constexpr auto kKey = "a key for tests that is long enough";
constexpr auto kIssuer = "busflow";

const token::Minter& test_minter() {
  static const token::Minter minter = token::Minter::create(kKey, kIssuer, std::chrono::seconds(900)).value();
  return minter;
}

constexpr Options kOptions{.failed_sign_ins = 3, .password_cost = crypto::PasswordCost::kMinimal};

}  // namespace

std::string text_of(const json::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    ADD_FAILURE() << "no text '" << name << "' in " << json::serialize(object);
    return {};
  }
  return std::string(value->get_string());
}

std::string IdentityTest::Answer::field(std::string_view name) const { return text_of(body, name); }

std::vector<postgres::MigrationSet> IdentityTest::migration_sets() {
  static postgres::Pool unused{postgres::PoolOptions{}};  // only referred to
  const auto module = make_module({.pool = unused, .minter = test_minter(), .options = kOptions});
  return {{.context = "identity", .files = module.migrations}, {.context = "commerce", .files = {}}};
}

IdentityTest::IdentityTest()
    : clock_(std::chrono::sys_days(std::chrono::year{2026} / 11 / 24) + std::chrono::hours(12)),
      database_(migration_sets()),
      pool_({.connection = database_.service()}),
      minter_(test_minter()),
      verifier_(token::Verifier::create(kKey, kIssuer, clock_).value()),
      module_(make_module({.pool = pool_, .minter = minter_, .options = kOptions})) {
  auto seeding = context();
  const auto seeded = module_.seed_demo(seeding);
  EXPECT_TRUE(seeded) << seeded.error().message();
}

IdentityTest::Answer IdentityTest::post(std::string_view path, const std::string& body) {
  for (const auto& route : module_.routes) {
    if (route.path != path) continue;
    auto here = context();
    const auto response =
        route.handle(here, {.body = body, .path_parameters = {}, .headers = {}, .remote_address = {}});
    if (!response) return {.status = 0, .text = std::string(response.error().message()), .body = {}};
    Answer answer{.status = response->status, .text = response->body, .body = {}};
    const auto parsed = json::parse(response->body);
    if (parsed && parsed->is_object()) answer.body = parsed->get_object();
    return answer;
  }
  ADD_FAILURE() << "no route " << path;
  return {};
}

IdentityTest::Answer IdentityTest::sign_in(std::string_view email, std::string_view password) {
  return post("/v1/auth/signin/email-password",
              json::serialize(json::Object{{"email", email}, {"password", password}}));
}

IdentityTest::Answer IdentityTest::refresh(const std::string& refresh_token) {
  return post("/v1/auth/token", json::serialize(json::Object{{"refreshToken", refresh_token}}));
}

IdentityTest::Answer IdentityTest::sign_out(const std::string& refresh_token) {
  return post("/v1/auth/signout", json::serialize(json::Object{{"refreshToken", refresh_token}}));
}

json::Object IdentityTest::session() {
  const auto answer = sign_in();
  EXPECT_EQ(answer.status, 200) << answer.text;
  return answer.body.at("session").as_object();
}

}  // namespace busflow::identity
