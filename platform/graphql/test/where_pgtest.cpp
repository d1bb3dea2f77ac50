#include <fmt/format.h>

#include "engine_fixture.hpp"

namespace busflow::graphql {
namespace {

struct Case {
  std::string where;
  std::string ids;
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.where; }

class WhereTest : public EngineTest, public testing::WithParamInterface<Case> {
 protected:
  static std::string rows(std::string_view ids) {
    std::string text;
    for (const char id : ids) text += fmt::format("{}{{\"id\":{}}}", text.empty() ? "" : ",", id);
    return fmt::format(R"({{"app_artist":[{}]}})", text);
  }
};

/// As literals in the query; and as one variable, which takes another way through the compiler.
TEST_P(WhereTest, FindsTheRows) {
  EXPECT_EQ(data(fmt::format("{{ app_artist(where: {}, order_by: {{id: asc}}) {{ id }} }}", GetParam().where)),
            rows(GetParam().ids));
}

INSTANTIATE_TEST_SUITE_P(
    Operators, WhereTest,
    testing::Values(Case{"{}", "123"}, Case{"{id: {_eq: 2}}", "2"}, Case{"{id: {_neq: 2}}", "13"},
                    Case{"{id: {_gt: 1, _lte: 3}}", "23"}, Case{"{id: {_gte: 2}}", "23"}, Case{"{id: {_lt: 2}}", "1"},
                    Case{"{id: {_in: [1, 3]}}", "13"}, Case{"{id: {_in: []}}", ""}, Case{"{id: {_nin: [1, 3]}}", "2"},
                    Case{"{id: {_nin: []}}", "123"}, Case{"{founded: {_is_null: true}}", "2"},
                    Case{"{founded: {_is_null: false}}", "13"}, Case{R"({name: {_like: "%a"}})", "123"},
                    Case{R"({name: {_like: "B%"}})", "2"}, Case{R"({name: {_nlike: "B%"}})", "13"},
                    Case{R"({name: {_ilike: "b%"}})", "2"}, Case{R"({name: {_nilike: "b%"}})", "13"},
                    Case{R"x({name: {_similar: "(Alpha|Beta)"}})x", "12"}, Case{R"({name: {_regex: "^.a"}})", "3"},
                    Case{R"({name: {_iregex: "^g"}})", "3"}, Case{R"({name: {_nregex: "^.a"}})", "12"},
                    Case{R"({founded: {_gt: "2000-01-01"}})", "3"}, Case{"{rating: {_gt: 4}}", "1"},
                    Case{R"({rating: {_eq: "3.0"}})", "2"}, Case{"{is_active: {_eq: false}}", "3"}));

INSTANTIATE_TEST_SUITE_P(Combinations, WhereTest,
                         testing::Values(Case{"{_and: [{id: {_gt: 1}}, {id: {_lt: 3}}]}", "2"},
                                         Case{"{_and: []}", "123"},
                                         Case{"{_or: [{id: {_eq: 1}}, {id: {_eq: 3}}]}", "13"}, Case{"{_or: []}", ""},
                                         Case{"{_not: {id: {_eq: 1}}}", "23"},
                                         Case{"{id: {_gt: 1}, is_active: {_eq: true}}", "2"},
                                         Case{"{albums: {}}", "12"}, Case{"{_not: {albums: {}}}", "3"},
                                         Case{R"({albums: {title: {_eq: "Three"}}})", "2"},
                                         Case{"{albums: {tracks: {ms: {_gt: 250}}}}", "1"},
                                         Case{R"({albums: {artist: {name: {_eq: "Alpha"}}}})", "1"}));

INSTANTIATE_TEST_SUITE_P(Json, WhereTest,
                         testing::Values(Case{R"({profile: {_contains: {city: "Berlin"}}})", "1"},
                                         Case{R"({profile: {_has_key: "city"}})", "1"},
                                         Case{R"({profile: {_contains: [1]}})", "3"}));

INSTANTIATE_TEST_SUITE_P(DataStaysData, WhereTest,
                         testing::Values(Case{R"({name: {_eq: "' or '1'='1"}})", ""},
                                         Case{R"({name: {_eq: "\\'; drop table app.artist; --"}})", ""},
                                         Case{R"({name: {_in: ["Alpha", "},{\"'"]}})", "1"},
                                         Case{R"({name: {_eq: "$1"}})", ""}));

TEST_F(EngineTest, HostileTextsInVariablesStayData) {
  for (const std::string text : {"' or true --", "\\", "\"", "{a,b}", "$1", "%s", "\u00e4\u20ac\U0001F68C"}) {
    EXPECT_EQ(data("query ($name: String!) { app_artist(where: {name: {_eq: $name}}) { id } }", {{"name", text}}),
              R"({"app_artist":[]})")
        << text;
    EXPECT_EQ(data("query ($names: [String!]!) { app_artist(where: {name: {_in: $names}}) { id } }",
                   {{"names", json::Array{text, "Beta"}}}),
              R"({"app_artist":[{"id":2}]})")
        << text;
  }
  EXPECT_EQ(database_.value("select count(*) from app.artist"), "4");
}

}  // namespace
}  // namespace busflow::graphql
