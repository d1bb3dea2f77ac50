#include "engine_fixture.hpp"

namespace busflow::graphql {
namespace {

class FunctionTest : public EngineTest {};

TEST_F(FunctionTest, AComputedFieldIsAValueOfItsRow) {
  EXPECT_EQ(data("{ app_artist(where: {shout: {_eq: \"BETA\"}}) { id shout } }"),
            R"({"app_artist":[{"id":2,"shout":"BETA"}]})");
  EXPECT_EQ(data("{ app_artist(order_by: {shout: desc}, limit: 1) { name } }"), R"({"app_artist":[{"name":"Gamma"}]})");
  EXPECT_EQ(data("{ app_album(where: {artist: {shout: {_eq: \"BETA\"}}}) { id } }"), R"({"app_album":[{"id":3}]})");
}

TEST_F(FunctionTest, AComputedFieldTakesArguments) {
  EXPECT_EQ(
      data(
          R"({ app_artist_by_pk(id: 1) { greet(args: {greeting: "Hello"}) loud: greet(args: {greeting: "Hi", mark: "!!"}) } })"),
      R"({"app_artist_by_pk":{"greet":"Hello Alpha!","loud":"Hi Alpha!!"}})");
  EXPECT_EQ(data("query($g: String!) { app_artist_by_pk(id: 1) { greet(args: {greeting: $g}) } }", {{"g", "'); --"}}),
            R"({"app_artist_by_pk":{"greet":"'); -- Alpha!"}})");
  const auto missing = ask(R"({ app_artist_by_pk(id: 1) { greet(args: {mark: "?"}) } })");
  EXPECT_NE(missing.find("Non default arguments cannot be omitted"), std::string::npos) << missing;
  EXPECT_NE(missing.find("$.selectionSet.app_artist_by_pk.selectionSet.greet.args.args"), std::string::npos) << missing;
  EXPECT_NE(
      ask(R"({ app_artist { greet(args: {session: "{}", greeting: ""}) } })").find("field 'session' not found in type"),
      std::string::npos)
      << "the session is not the request's to give";
}

TEST_F(FunctionTest, AComputedFieldGivesRowsThatTheRoleMaySee) {
  EXPECT_EQ(
      data(
          R"({ app_artist_by_pk(id: 1) { albums_like(args: {pattern: "T%"}, order_by: {id: asc}) { id title tracks { id } } } })"),
      R"({"app_artist_by_pk":{"albums_like":[{"id":2,"title":"Two","tracks":[{"id":3}]}]}})");
  EXPECT_NE(ask("{ app_artist { albums_like(args: {pattern: \"%\"}) { id } } }", {}, "guest").find("errors"),
            std::string::npos)
      << "guests may not see albums";
}

TEST_F(FunctionTest, AComputedFieldNeedsPermission) {
  EXPECT_NE(ask("{ app_artist { shout } }", {}, "guest").find("field 'shout' not found"), std::string::npos);
  EXPECT_NE(ask("{ app_artist(where: {shout: {_eq: \"x\"}}) { id } }", {}, "guest").find("errors"), std::string::npos);
  EXPECT_EQ(data("{ app_artist(order_by: {id: asc}) { shout } }", {}, "loud"),
            R"({"app_artist":[{"shout":"ALPHA"},{"shout":"GAMMA"}]})")
      << "the permission's filter compares a computed field";
}

TEST_F(FunctionTest, AFunctionIsARootField) {
  EXPECT_EQ(data(R"({ app_artists_from(args: {initial: "A"}) { name albums { id } } })"),
            R"({"app_artists_from":[{"name":"Alpha","albums":[{"id":1},{"id":2}]}]})");
  EXPECT_EQ(
      data(
          R"({ app_artists_from(args: {initial: ""}, where: {id: {_gt: 1}}, order_by: {id: desc}, limit: 1) { id } })"),
      R"({"app_artists_from":[{"id":3}]})");
  EXPECT_EQ(data(R"({ app_artists_from_aggregate(args: {initial: "", smallest: 2}) { aggregate { count } } })"),
            R"({"app_artists_from_aggregate":{"aggregate":{"count":2}}})");
  EXPECT_EQ(data("{ app_first_artist { id } }"), R"({"app_first_artist":{"id":1}})");
  EXPECT_EQ(data(R"({ app_artists_from(args: {initial: ""}) { id } })", {}, "reader", "b"),
            R"({"app_artists_from":[{"id":11}]})");
}

TEST_F(FunctionTest, AFunctionThatWritesIsAMutationWithPermission) {
  constexpr auto kMutation = R"(mutation { app_rename_all(args: {suffix: "+"}, order_by: {id: asc}) { name } })";
  EXPECT_NE(ask(kMutation).find("errors"), std::string::npos);
  EXPECT_NE(ask(R"({ app_rename_all(args: {suffix: "+"}) { name } })").find("field 'app_rename_all' not found"),
            std::string::npos);
  EXPECT_EQ(data(kMutation, {}, "writer"),
            R"({"app_rename_all":[{"name":"Alpha+"},{"name":"Beta+"},{"name":"Gamma+"}]})");
  EXPECT_EQ(database_.value("select name from app.artist where id = 11"), "Other");
}

TEST_F(FunctionTest, ComputedFieldsOfWrittenRows) {
  EXPECT_EQ(
      data(R"(mutation { update_app_artist_by_pk(pk_columns: {id: 1}, _set: {name: "New"}) { name } })", {}, "writer"),
      R"({"update_app_artist_by_pk":{"name":"New"}})");
  EXPECT_EQ(
      data(
          R"(mutation { update_app_artist(where: {id: {_eq: 1}}, _set: {name: "newer"}) { returning { name shout albums_like(args: {pattern: "O%"}) { title } } } })",
          {}, "admin"),
      R"({"update_app_artist":{"returning":[{"name":"newer","shout":"NEWER","albums_like":[{"title":"One"}]}]}})");
}

TEST_F(FunctionTest, OrdersByAggregatesOfRelatedRows) {
  EXPECT_EQ(data("{ app_artist(order_by: [{albums_aggregate: {count: desc}}, {id: asc}]) { id } }", {}, "admin"),
            R"({"app_artist":[{"id":1},{"id":2},{"id":3}]})");
  EXPECT_EQ(data("{ app_artist(order_by: {albums_aggregate: {max: {title: desc_nulls_last}}}) { id } }", {}, "admin"),
            R"({"app_artist":[{"id":1},{"id":2},{"id":3}]})");
  EXPECT_NE(ask("{ app_artist(order_by: {albums_aggregate: {count: desc}}) { id } }")
                .find("field 'albums_aggregate' not found"),
            std::string::npos)
      << "readers may not aggregate albums";
}

}  // namespace
}  // namespace busflow::graphql
