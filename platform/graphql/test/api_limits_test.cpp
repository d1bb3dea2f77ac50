#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "music.hpp"

namespace busflow::graphql {
namespace {

Result<std::unique_ptr<Engine>> engine_with(std::string_view limits, EngineOptions options = {}) {
  std::vector<EmbeddedFile> files(music::metadata().begin(), music::metadata().end());
  files.push_back({"music/api_limits.yaml", limits});
  return Engine::create(files, music::catalog(), music::handlers(), std::move(options));
}

class ApiLimitsTest : public testing::Test {
 protected:
  void limit(std::string_view limits, EngineOptions options = {}) {
    auto made = engine_with(limits, std::move(options));
    ASSERT_TRUE(made) << made.error().message();
    engine_ = std::move(*made);
  }

  /// What becomes of planning the query: "planned", or the error.
  std::string plan(const std::string& query, const std::string& role = "reader",
                   SchemaKind schema = SchemaKind::kStandard) {
    const auto planned = engine_->plan({.query = query, .operation_name = {}, .variables = {}, .schema = schema},
                                       Session(role, {{"x-hasura-tenant-id", "t"}}));
    if (planned) return "planned";
    EXPECT_EQ(planned.error().name, ErrorName::kValidationFailed);
    EXPECT_EQ(planned.error().path, "$");
    return planned.error().detail;
  }

  std::unique_ptr<Engine> engine_;
};

constexpr auto kFlat = "{ app_artist { name } }";
constexpr auto kDeep = "{ app_artist { albums { tracks { name } } } }";

TEST_F(ApiLimitsTest, DepthCountsFieldsWithinEachOther) {
  limit("depth_limit: {global: 2}");
  EXPECT_EQ(plan(kFlat), "planned");
  EXPECT_EQ(plan("{ app_artist { albums { title } } app_album { tracks { name } } }"), "planned");
  EXPECT_EQ(plan(kDeep), "depth limit of 2 exceeded: 3 levels");
  EXPECT_EQ(plan("{ app_artist { ...a } } fragment a on app_artist { ... { albums { ...b } } } "
                 "fragment b on app_album { tracks { name } }"),
            "depth limit of 2 exceeded: 3 levels");
  EXPECT_EQ(plan("subscription { app_artist { albums { tracks { name } } } }"), "depth limit of 2 exceeded: 3 levels");
  EXPECT_EQ(plan("{ app_artist_connection { edges { node { name } } } }", "reader", SchemaKind::kRelay),
            "depth limit of 2 exceeded: 3 levels");
}

TEST_F(ApiLimitsTest, WhatSkipLeavesOutCounts) {
  limit("depth_limit: {global: 2}");
  EXPECT_EQ(plan("{ app_artist { name albums @skip(if: true) { tracks { name } } } }"),
            "depth limit of 2 exceeded: 3 levels");
}

TEST_F(ApiLimitsTest, NodesAreFieldsWithASelection) {
  limit("node_limit: {global: 3}");
  EXPECT_EQ(plan("{ app_artist { id name albums { id title } } app_track { id name } }"), "planned");
  EXPECT_EQ(plan("{ app_artist { ...a } more: app_artist { ...a } } fragment a on app_artist { albums { id } }"),
            "node limit of 3 exceeded: 4 nodes");
}

TEST_F(ApiLimitsTest, AliasesAreCountedWithFragmentsExpanded) {
  limit("alias_limit: {global: 2}");
  EXPECT_EQ(plan("{ a: app_artist { n: name } }"), "planned");
  EXPECT_EQ(plan("{ a: app_artist { ...f } b: app_artist { ...f } } fragment f on app_artist { n: name }"),
            "alias limit of 2 exceeded: 4 aliases");
}

TEST_F(ApiLimitsTest, TheQuerysTextHasALength) {
  limit(fmt::format("query_length_limit: {{global: {}}}", std::string_view(kFlat).size()));
  EXPECT_EQ(plan(kFlat), "planned");
  EXPECT_EQ(plan("{ app_artist { name } }  "), "query length limit of 23 exceeded: 25 bytes");
}

TEST_F(ApiLimitsTest, FragmentsThatMultiplyAreCountedAtOnce) {
  limit("node_limit: {global: 5}");
  std::string query = "{ app_artist { ...f0 } } ";
  for (int i = 0; i < 38; ++i)
    query += fmt::format("fragment f{} on app_artist {{ albums {{ artist {{ ...f{} }} }} ...f{} }} ", i, i + 1, i + 1);
  query += "fragment f38 on app_artist { id }";
  EXPECT_EQ(plan(query), "node limit of 5 exceeded: 1073741824 nodes");
}

TEST_F(ApiLimitsTest, ARolesOwnValueReplacesTheGlobalOne) {
  limit("depth_limit: {global: 2, per_role: {writer: 3, guest: 1}}");
  EXPECT_EQ(plan(kDeep, "reader"), "depth limit of 2 exceeded: 3 levels");
  EXPECT_EQ(plan(kDeep, "writer"), "planned") << "a larger one, too";
  EXPECT_EQ(plan(kDeep, "guest"), "depth limit of 1 exceeded: 3 levels");
  EXPECT_EQ(plan(kDeep, "unheard of"), "depth limit of 2 exceeded: 3 levels");
}

TEST_F(ApiLimitsTest, APlanInTheCacheIsOneRolesOnly) {
  limit("depth_limit: {global: 9, per_role: {reader: 1}}");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(plan(kDeep, "writer"), "planned");
    EXPECT_EQ(plan(kDeep, "reader"), "depth limit of 1 exceeded: 3 levels");
  }
}

TEST_F(ApiLimitsTest, AdminIsNotLimited) {
  limit(
      "{depth_limit: {global: 1, per_role: {admin: 1}}, node_limit: {global: 1}, alias_limit: {global: 1}, "
      "query_length_limit: {global: 1}, rate_limit: {global: {max_reqs_per_min: 1}}}");
  EXPECT_EQ(plan("{ a: app_artist { b: albums { c: tracks { name } } } }", "admin"), "planned");
  EXPECT_FALSE(engine_->is_rate_limited("admin"));
  EXPECT_TRUE(engine_->is_rate_limited("reader"));
}

TEST_F(ApiLimitsTest, DisabledTheyDoNotCount) {
  limit("{disabled: true, depth_limit: {global: 1}, rate_limit: {global: {max_reqs_per_min: 1}}}");
  EXPECT_EQ(plan(kDeep), "planned");
  EXPECT_FALSE(engine_->is_rate_limited("reader"));
  EXPECT_FALSE(engine_->has_rate_limits());
}

TEST_F(ApiLimitsTest, IntrospectionIsFree) {
  limit("{depth_limit: {global: 1}, node_limit: {global: 1}, alias_limit: {global: 1}}");
  EXPECT_EQ(
      plan("{ s: __schema { t: types { f: fields { type { ofType { ofType { name } } } } } } __type(name: \"Int\") "
           "{ name } app_artist { name } }"),
      "planned");
}

TEST_F(ApiLimitsTest, TheEnginesOwnMaximaStillHold) {
  limit("depth_limit: {global: 50}", {.max_depth = 2});
  const auto planned = engine_->plan({.query = kDeep, .operation_name = {}, .variables = {}}, Session("reader", {}));
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().detail, "the query is nested deeper than 2 levels");
}

TEST_F(ApiLimitsTest, APlanKnowsItsTime) {
  limit("time_limit: {global: 5, per_role: {writer: 60}}");
  const auto time = [this](const std::string& role) {
    return engine_->plan({.query = kFlat, .operation_name = {}, .variables = {}}, Session(role, {}))
        .value()
        ->time_limit();
  };
  EXPECT_EQ(time("reader"), std::chrono::seconds(5));
  EXPECT_EQ(time("writer"), std::chrono::seconds(60));
  EXPECT_EQ(time("admin"), std::nullopt);
}

TEST(ApiLimits, OfTwoPackagesAreAnErrorThatNamesBoth) {
  std::vector<EmbeddedFile> files(music::metadata().begin(), music::metadata().end());
  files.push_back({"music/api_limits.yaml", "depth_limit: {global: 1}\n"});
  files.push_back({"shop/api_limits.yaml", "node_limit: {global: 1}\n"});
  const auto made = Engine::create(files, music::catalog(), music::handlers());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().name, ErrorName::kInvalidMetadata);
  EXPECT_EQ(
      made.error().detail,
      "shop/api_limits.yaml:1: the limits of the API are also in music/api_limits.yaml:1; put them into one file");
}

TEST(ApiLimits, WhatIsWrongWithThemIsSaid) {
  constexpr std::string_view kNumber = "expected a whole number from 1 to 2147483647";
  constexpr std::string_view kUnique = "expected IP, or a list of session variables other than x-hasura-role";
  struct Case {
    std::string_view text;
    std::string_view path;
    std::string_view what;
  };
  for (const auto& [text, path, what] : {
           Case{"depth_limit: {global: 0}", "$.api_limits.depth_limit.global", kNumber},
           Case{"node_limit: {global: -1}", "$.api_limits.node_limit.global", kNumber},
           Case{"time_limit: {global: 2.5}", "$.api_limits.time_limit.global", kNumber},
           Case{"batch_limit: {global: many}", "$.api_limits.batch_limit.global", kNumber},
           Case{"alias_limit: {global: 9, per_role: {a: 2147483648}}", "$.api_limits.alias_limit.per_role.a", kNumber},
           Case{"depth_limit: {per_role: {a: 1}}", "$.api_limits.depth_limit", "the key 'global' is missing"},
           Case{"depth_limit: {global: 1, per_rol: {a: 1}}", "$.api_limits.depth_limit.per_rol",
                "unknown key 'per_rol'"},
           Case{"dept_limit: {global: 1}", "$.api_limits.dept_limit", "unknown key 'dept_limit'"},
           Case{"rate_limit: {global: {}}", "$.api_limits.rate_limit.global", "the key 'max_reqs_per_min' is missing"},
           Case{"rate_limit: {global: {max_reqs_per_min: 0}}", "$.api_limits.rate_limit.global.max_reqs_per_min",
                kNumber},
           Case{"rate_limit: {global: {max_reqs_per_min: 1, unique_params: user}}",
                "$.api_limits.rate_limit.global.unique_params", kUnique},
           Case{"rate_limit: {global: {max_reqs_per_min: 1, unique_params: [X-Hasura-Role]}}",
                "$.api_limits.rate_limit.global.unique_params", kUnique},
       }) {
    const auto made = engine_with(text);
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().name, ErrorName::kInvalidMetadata) << text;
    EXPECT_EQ(made.error().path, path);
    EXPECT_EQ(made.error().detail, fmt::format("music/api_limits.yaml:1: {}", what));
  }
}

}  // namespace
}  // namespace busflow::graphql
