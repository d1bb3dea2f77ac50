#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <identity/module.hpp>
#include <platform/base/clock.hpp>
#include <platform/base/context.hpp>
#include <platform/http_client/client.hpp>
#include <platform/json/json.hpp>
#include <platform/postgres/migration.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/postgres_testkit/test_database.hpp>
#include <platform/rate_limit/local_limiter.hpp>
#include <platform/token/minter.hpp>
#include <platform/token/verifier.hpp>

namespace busflow::identity {

/// A database with the demo's accounts, and the module's routes called as the server calls them.
class IdentityTest : public testing::Test {
 protected:
  static constexpr std::string_view kDispatcher = "dispatcher@bruning.example";

  IdentityTest();

  struct Answer {
    int status = 0;
    std::string text;
    json::Object body;
    json::Array list;
    std::map<std::string, std::string> headers;
    std::string field(std::string_view name) const;
  };
  struct Sent {
    std::string body{};
    std::map<std::string, std::string, std::less<>> query{};
    std::string access_token{};
    std::string address = "198.51.100.7";
  };
  /// Makes the module again, with other options.
  void use(const Options& options);
  static Options default_options();
  Answer call(std::string_view method, std::string_view path, const Sent& sent);
  Answer post(std::string_view path, const std::string& body, const std::string& access_token = {});
  Answer get(std::string_view path, const std::string& access_token);
  /// What was asked to be sent to somebody, the oldest first.
  std::vector<json::Object> messages(std::string_view recipient);
  static std::string variable(const json::Object& message, std::string_view name);
  Answer sign_in(std::string_view email = kDispatcher, std::string_view password = "busflow-demo");
  Answer refresh(const std::string& refresh_token);
  Answer sign_out(const std::string& refresh_token);
  /// The session of a sign-in that must succeed.
  json::Object session();

  Context context() { return {.clock = clock_, .identifiers = identifiers_}; }
  static std::vector<postgres::MigrationSet> migration_sets();

  ManualClock clock_;
  RandomIdentifierSource identifiers_;
  testkit::TestDatabase database_;
  postgres::Pool pool_;
  token::Minter minter_;
  std::unique_ptr<token::Verifier> verifier_;
  rate_limit::LocalLimiter limiter_;
  http_client::Client http_;
  application::Module module_;
};

std::string text_of(const json::Object& object, std::string_view name);

}  // namespace busflow::identity
