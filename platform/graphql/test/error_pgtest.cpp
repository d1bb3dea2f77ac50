#include <fmt/format.h>

#include "engine_fixture.hpp"

namespace busflow::graphql {
namespace {

struct Case {
  std::string query;
  std::string message;
  std::string path;
  std::string code = "validation-failed";
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.query; }

class ErrorTest : public EngineTest, public testing::WithParamInterface<Case> {};

TEST_P(ErrorTest, SaysWhatAndWhere) {
  const Case& wanted = GetParam();
  const auto answer = json::parse(ask(wanted.query)).value();
  ASSERT_FALSE(answer.as_object().contains("data")) << json::serialize(answer);
  const auto& error = answer.at("errors").at(0);
  EXPECT_NE(std::string_view(error.at("message").as_string()).find(wanted.message), std::string_view::npos)
      << json::serialize(answer);
  EXPECT_EQ(error.at("extensions").at("path").as_string(), wanted.path) << json::serialize(answer);
  EXPECT_EQ(error.at("extensions").at("code").as_string(), wanted.code) << json::serialize(answer);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, ErrorTest,
    testing::Values(
        Case{"", "not a valid graphql query", "$.query"}, Case{"{", "not a valid graphql query", "$.query"},
        Case{"{ app_artist { id }", "not a valid graphql query", "$.query"},
        Case{"{ nope }", "field 'nope' not found in type: 'query_root'", "$.selectionSet.nope"},
        Case{"{ app_artist { nope } }", "field 'nope' not found in type: 'app_artist'",
             "$.selectionSet.app_artist.selectionSet.nope"},
        Case{"{ app_artist { tenant_id } }", "field 'tenant_id' not found in type: 'app_artist'",
             "$.selectionSet.app_artist.selectionSet.tenant_id"},
        Case{"{ app_artist }", "missing selection set", "$.selectionSet.app_artist"},
        Case{"{ app_artist { id { x } } }", "unexpected subselection set", "$.selectionSet.app_artist.selectionSet.id"},
        Case{"{ app_artist(first: 1) { id } }", "'app_artist' has no argument named 'first'",
             "$.selectionSet.app_artist"},
        Case{"{ app_artist(limit: \"x\") { id } }", "expected a non-negative 32-bit integer",
             "$.selectionSet.app_artist.args.limit"},
        Case{"{ app_artist(where: {id: {_eq: \"x\"}}) { id } }", "Int", "$.selectionSet.app_artist.args.where.id._eq"},
        Case{"{ app_artist(where: {id: {_is: 1}}) { id } }", "field '_is' not found in type: 'Int_comparison_exp'",
             "$.selectionSet.app_artist.args.where.id._is"},
        Case{"{ app_artist_by_pk { id } }", "id", "$.selectionSet.app_artist_by_pk.args.id"},
        Case{"{ ...gone }", "reference to undefined fragment 'gone'", "$.selectionSet"}));

TEST_F(EngineTest, WhatIsWrongWithVariables) {
  const auto expect = [this](const std::string& query, json::Object variables, const std::string& message) {
    const auto answer = ask(query, std::move(variables));
    EXPECT_NE(answer.find("\"errors\""), std::string::npos) << answer;
    EXPECT_NE(answer.find(message), std::string::npos) << query << "\n" << answer;
  };
  const std::string by_key = "query ($id: Int!) { app_artist_by_pk(id: $id) { id } }";
  expect(by_key, {}, "expecting a value for non-nullable variable: 'id'");
  expect(by_key, {{"id", nullptr}}, "id");
  expect(by_key, {{"id", "x"}}, "expected a 32-bit integer for type 'Int', but found a string");
  expect(by_key, {{"id", 1.5}}, "id");
  expect(by_key, {{"id", 3000000000}}, "lies outside the bounds");
  expect("query { app_artist_by_pk(id: $id) { id } }", {{"id", 1}}, "id");
  expect("query ($id: String!) { app_artist_by_pk(id: $id) { id } }", {{"id", "1"}}, "id");
  expect("query ($id: Nope) { app_artist_by_pk(id: $id) { id } }", {{"id", 1}}, "Nope");
}

TEST_F(EngineTest, LimitsAreSaid) {
  engine_ = make_engine({.max_query_bytes = 300, .max_depth = 4, .max_nodes = 12, .max_batch = 2}).value();
  EXPECT_NE(ask("{ app_artist { id } } # " + std::string(300, 'x')).find("longer than 300 bytes"), std::string::npos);
  EXPECT_NE(ask("{ app_album { artist { albums { artist { albums { id } } } } } }").find("errors"), std::string::npos);
  std::string wide = "{";
  for (int i = 0; i < 13; ++i) wide += fmt::format(" a{}: __typename", i);
  EXPECT_NE(ask(wide + " }").find("errors"), std::string::npos);
  EXPECT_NE(
      ask_body(R"([{"query":"{__typename}"},{"query":"{__typename}"},{"query":"{__typename}"}])").find("2 requests"),
      std::string::npos);
  EXPECT_EQ(ask("{ app_artist_by_pk(id: 1) { id } }"), R"({"data":{"app_artist_by_pk":{"id":1}}})");
}

TEST_F(EngineTest, FragmentsThatContainThemselvesAreRefused) {
  const auto answer =
      ask("{ app_artist { ...a } } fragment a on app_artist { ...b } fragment b on app_artist { ...a }");
  EXPECT_NE(answer.find("errors"), std::string::npos) << answer;
}

TEST_F(EngineTest, AValueThatPostgresRefusesIsTheClientsError) {
  const auto answer = ask("{ app_artist(where: {founded: {_eq: \"2001-02-31\"}}) { id } }");
  EXPECT_NE(answer.find("data-exception"), std::string::npos) << answer;
  EXPECT_EQ(faults_, "");
}

TEST_F(EngineTest, WhatIsNoRequest) {
  EXPECT_NE(ask_body("nonsense").find("invalid-json"), std::string::npos);
  EXPECT_NE(ask_body("3").find("parse-failed"), std::string::npos);
  EXPECT_NE(ask_body(R"({"variables": {}})").find("the key 'query' was not present"), std::string::npos);
  EXPECT_NE(ask_body(R"({"query": "{__typename}", "variables": 3})").find("$.variables"), std::string::npos);
}

}  // namespace
}  // namespace busflow::graphql
