#include "engine_fixture.hpp"

namespace busflow::graphql {
namespace {

TEST_F(EngineTest, ARoleSeesItsColumnsAndRowsOnly) {
  EXPECT_EQ(data("{ app_artist(order_by: {id: asc}) { id name } }", {}, "guest"),
            R"({"app_artist":[{"id":1,"name":"Alpha"},{"id":2,"name":"Beta"}]})");
  EXPECT_NE(ask("{ app_artist { rating } }", {}, "guest").find("field 'rating' not found in type: 'app_artist'"),
            std::string::npos);
  EXPECT_NE(ask("{ app_artist(where: {rating: {_gt: 1}}) { id } }", {}, "guest").find("errors"), std::string::npos)
      << "what may not be read may not be asked about";
  EXPECT_NE(ask("{ app_album { id } }", {}, "guest").find("field 'app_album' not found"), std::string::npos);
  EXPECT_NE(ask("{ app_artist_aggregate { aggregate { count } } }", {}, "guest").find("errors"), std::string::npos);
}

TEST_F(EngineTest, ARolesLimitCannotBeRaised) {
  database_.run("update app.artist set is_active = true");
  EXPECT_EQ(data("{ app_artist(limit: 100, order_by: {id: asc}) { id } }", {}, "guest"),
            R"({"app_artist":[{"id":1},{"id":2}]})");
  EXPECT_EQ(data("{ app_artist(limit: 1, order_by: {id: asc}) { id } }", {}, "guest"), R"({"app_artist":[{"id":1}]})");
}

TEST_F(EngineTest, AnUnknownRoleSeesNothing) {
  EXPECT_NE(ask("{ app_artist { id } }", {}, "stranger").find("field 'app_artist' not found"), std::string::npos);
}

TEST_F(EngineTest, ASessionVariableThatIsMissingIsSaid) {
  const auto answer = ask("{ app_artist { id } }", {}, "reader", "");
  EXPECT_NE(answer.find(R"(missing session variable: \"x-hasura-tenant-id\")"), std::string::npos) << answer;
}

TEST_F(EngineTest, EachTenantGetsItsOwnRows) {
  constexpr auto kQuery = "{ app_artist(order_by: {id: asc}) { id albums { id } } }";
  EXPECT_EQ(data(kQuery, {}, "reader", "b"), R"({"app_artist":[{"id":11,"albums":[{"id":11}]}]})");
  EXPECT_EQ(data("{ app_artist_by_pk(id: 11) { id } }", {}, "reader", "a"), R"({"app_artist_by_pk":null})");
  EXPECT_EQ(data("{ app_artist_by_pk(id: 1) { id } }", {}, "reader", "b"), R"({"app_artist_by_pk":null})");
}

TEST_F(EngineTest, TheSecondLockHoldsWhenTheFirstIsForgotten) {
  // The role "careless" has no filter at all.
  EXPECT_EQ(data("{ app_artist { id } }", {}, "careless", "b"), R"({"app_artist":[{"id":11}]})");
  EXPECT_EQ(data("{ app_artist { id } }", {}, "careless", ""), R"({"app_artist":[]})");
}

TEST_F(EngineTest, TheFirstLockHoldsWhenTheSecondIsOff) {
  for (const auto* table : {"artist", "album", "track"}) {
    database_.run(std::string("alter table app.") + table + " disable row level security");
  }
  EXPECT_EQ(data("{ app_artist { id } }", {}, "careless", "b"),
            R"({"app_artist":[{"id":1},{"id":2},{"id":3},{"id":11}]})")
      << "the control: the second lock is off";
  EXPECT_EQ(data("{ app_artist { id albums { id } } }", {}, "reader", "b"),
            R"({"app_artist":[{"id":11,"albums":[{"id":11}]}]})");
  EXPECT_EQ(data("{ app_album { id } }", {}, "reader", "b"), R"({"app_album":[{"id":11}]})");
  EXPECT_EQ(data("{ app_artist(where: {albums: {title: {_eq: \"One\"}}}) { id } }", {}, "reader", "b"),
            R"({"app_artist":[]})");
}

TEST_F(EngineTest, RequestsOfTenantsInTurnNeverMix) {
  for (int i = 0; i < 50; ++i) {
    const bool a = i % 2 == 0;
    EXPECT_EQ(data("{ app_artist(where: {id: {_in: [1, 11]}}) { id } }", {}, "reader", a ? "a" : "b"),
              a ? R"({"app_artist":[{"id":1}]})" : R"({"app_artist":[{"id":11}]})");
  }
}

}  // namespace
}  // namespace busflow::graphql
