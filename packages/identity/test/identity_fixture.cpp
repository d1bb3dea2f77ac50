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

const crypto::Vault& test_vault() {
  static const crypto::Vault vault = crypto::Vault::create("another key for tests, long enough").value();
  return vault;
}

const Options kOptions{
    .even_answer = std::chrono::milliseconds(0), .failed_sign_ins = 3, .password_cost = crypto::PasswordCost::kMinimal};

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
  static postgres::Pool unused{postgres::PoolOptions{}};  // only referred to, as are the others
  static rate_limit::LocalLimiter limiter;
  static const http_client::Client http;
  static const SystemClock clock;
  static const auto verifier = token::Verifier::create(kKey, kIssuer, clock).value();
  const auto module = make_module({.pool = unused,
                                   .minter = test_minter(),
                                   .verifier = *verifier,
                                   .limiter = limiter,
                                   .vault = test_vault(),
                                   .http = http,
                                   .options = kOptions});
  return {{.context = "identity", .files = module.migrations}, {.context = "commerce", .files = {}}};
}

IdentityTest::IdentityTest()
    : clock_(std::chrono::sys_days(std::chrono::year{2026} / 11 / 24) + std::chrono::hours(12)),
      database_(migration_sets()),
      pool_({.connection = database_.service()}),
      minter_(test_minter()),
      verifier_(token::Verifier::create(kKey, kIssuer, clock_).value()) {
  use(kOptions);
  auto seeding = context();
  const auto seeded = module_.seed_demo(seeding);
  EXPECT_TRUE(seeded) << seeded.error().message();
}

Options IdentityTest::default_options() { return kOptions; }

void IdentityTest::use(const Options& options) {
  module_ = make_module({.pool = pool_,
                         .minter = minter_,
                         .verifier = *verifier_,
                         .limiter = limiter_,
                         .vault = test_vault(),
                         .http = http_,
                         .options = options});
}

namespace {

/// The parameters of the route's pattern, when the path fits it.
std::optional<std::map<std::string, std::string, std::less<>>> match(std::string_view pattern, std::string_view path) {
  std::map<std::string, std::string, std::less<>> parameters;
  const auto open = pattern.find('{');
  if (open == std::string_view::npos) return pattern == path ? std::optional(parameters) : std::nullopt;
  if (path.substr(0, open) != pattern.substr(0, open) || path.substr(open).contains('/')) return std::nullopt;
  parameters.emplace(pattern.substr(open + 1, pattern.size() - open - 2), path.substr(open));
  return parameters;
}

}  // namespace

IdentityTest::Answer IdentityTest::call(std::string_view method, std::string_view path, const Sent& sent) {
  for (const auto& route : module_.routes) {
    auto parameters = match(route.path, path);
    if (!parameters || (route.method != method && !(method == "HEAD" && route.method == "GET"))) continue;
    auto here = context();
    std::map<std::string, std::string, std::less<>> headers{{"user-agent", "test"}};
    if (!sent.access_token.empty()) headers["authorization"] = "Bearer " + sent.access_token;
    const auto response = route.handle(here, {.method = std::string(method),
                                              .body = sent.body,
                                              .path_parameters = *parameters,
                                              .query = sent.query,
                                              .headers = headers,
                                              .remote_address = sent.address});
    if (!response) return {.status = 0, .text = std::string(response.error().message()), .body = {}};
    Answer answer{.status = response->status, .text = response->body, .body = {}, .headers = {}};
    for (const auto& [name, value] : response->headers) answer.headers[name] = value;
    const auto parsed = json::parse(response->body);
    if (parsed && parsed->is_object()) answer.body = parsed->get_object();
    if (parsed && parsed->is_array()) answer.list = parsed->get_array();
    return answer;
  }
  ADD_FAILURE() << "no route " << method << " " << path;
  return {};
}

IdentityTest::Answer IdentityTest::post(std::string_view path, const std::string& body,
                                        const std::string& access_token) {
  return call("POST", path, {.body = body, .access_token = access_token});
}

IdentityTest::Answer IdentityTest::get(std::string_view path, const std::string& access_token) {
  return call("GET", path, {.access_token = access_token});
}

std::vector<json::Object> IdentityTest::messages(std::string_view recipient) {
  std::vector<json::Object> found;
  const auto all =
      json::parse(database_.value("select coalesce(json_agg(payload order by sequence), '[]') from identity.outbox"));
  if (!all) return found;
  for (const auto& payload : all->as_array()) {
    if (payload.at("recipient").as_string() == recipient) found.push_back(payload.as_object());
  }
  return found;
}

std::string IdentityTest::variable(const json::Object& message, std::string_view name) {
  return text_of(message.at("variables").as_object(), name);
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
