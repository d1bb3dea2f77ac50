#include "engine_fixture.hpp"

#include <platform/postgres/pool.hpp>

namespace busflow::graphql {
namespace {

TEST_F(EngineTest, TheCatalogIsReadPastALockedTable) {
  postgres::Pool pool({.connection = database_.superuser()});
  Context context{.clock = clock_, .identifiers = identifiers_};
  const auto held = pool.transact(context, {}, [&](postgres::Transaction& transaction) -> Result<void> {
    constexpr postgres::Statement kLock{"test.lock", "LOCK TABLE app.artist IN ACCESS EXCLUSIVE MODE"};
    BUSFLOW_CHECK(transaction.execute(kLock));
    BUSFLOW_CHECK(make_engine());
    return {};
  });
  EXPECT_TRUE(held) << held.error().detail;
}

TEST_F(EngineTest, ByPrimaryKey) {
  EXPECT_EQ(data("{ app_artist_by_pk(id: 1) { id name } }"), R"({"app_artist_by_pk":{"id":1,"name":"Alpha"}})");
  EXPECT_EQ(data("{ app_artist_by_pk(id: 99) { id } }"), R"({"app_artist_by_pk":null})");
}

TEST_F(EngineTest, EveryTypeComesOutAsHasurasClientsKnowIt) {
  EXPECT_EQ(data("{ app_artist_by_pk(id: 1) { tags profile founded rating is_active } }"),
            R"({"app_artist_by_pk":{"tags":["rock","live"],"profile":{"city":"Berlin"},"founded":"1990-05-01",)"
            R"("rating":4.5,"is_active":true}})");
  EXPECT_EQ(data("{ app_artist_by_pk(id: 2) { tags profile founded } }"),
            R"({"app_artist_by_pk":{"tags":null,"profile":null,"founded":null}})");
}

TEST_F(EngineTest, OrderLimitAndOffset) {
  EXPECT_EQ(data("{ app_artist(order_by: {name: desc}) { id } }"), R"({"app_artist":[{"id":3},{"id":2},{"id":1}]})");
  EXPECT_EQ(data("{ app_artist(order_by: {name: asc}, limit: 1, offset: 1) { id } }"), R"({"app_artist":[{"id":2}]})");
  EXPECT_EQ(data("{ app_artist(order_by: {founded: asc_nulls_first}) { id } }"),
            R"({"app_artist":[{"id":2},{"id":1},{"id":3}]})");
  EXPECT_EQ(data("{ app_artist(order_by: [{is_active: asc}, {id: desc}]) { id } }"),
            R"({"app_artist":[{"id":3},{"id":2},{"id":1}]})");
  EXPECT_EQ(data("{ app_album(order_by: [{artist: {name: desc}}, {id: asc}]) { id } }"),
            R"({"app_album":[{"id":3},{"id":1},{"id":2}]})");
}

TEST_F(EngineTest, Relationships) {
  EXPECT_EQ(data("{ app_artist(order_by: {id: asc}) { name albums(order_by: {id: desc}) { title tracks(order_by: {id: "
                 "asc}) { name } } } }"),
            R"({"app_artist":[{"name":"Alpha","albums":[{"title":"Two","tracks":[{"name":"z"}]},)"
            R"({"title":"One","tracks":[{"name":"x"},{"name":"y"}]}]},)"
            R"({"name":"Beta","albums":[{"title":"Three","tracks":[]}]},{"name":"Gamma","albums":[]}]})");
  EXPECT_EQ(data("{ app_album(where: {id: {_eq: 3}}) { artist { name albums(limit: 1) { id } } } }"),
            R"({"app_album":[{"artist":{"name":"Beta","albums":[{"id":3}]}}]})");
}

TEST_F(EngineTest, AliasesAndTypeNames) {
  EXPECT_EQ(data("{ first: app_artist_by_pk(id: 1) { n: name __typename } second: app_artist_by_pk(id: 2) { name } "
                 "__typename }"),
            R"({"first":{"n":"Alpha","__typename":"app_artist"},"second":{"name":"Beta"},"__typename":"query_root"})");
}

TEST_F(EngineTest, FragmentsNamedAndInline) {
  EXPECT_EQ(data("query { app_artist_by_pk(id: 1) { ...core ... on app_artist { rating } ... { is_active } } }"
                 " fragment core on app_artist { id ...more } fragment more on app_artist { name }"),
            R"({"app_artist_by_pk":{"id":1,"name":"Alpha","rating":4.5,"is_active":true}})");
}

TEST_F(EngineTest, TheSameFieldTwiceIsMerged) {
  EXPECT_EQ(data("{ app_artist_by_pk(id: 1) { name name albums(limit: 1, order_by: {id: asc}) { id } albums(limit: 1, "
                 "order_by: {id: asc}) { title } } }"),
            R"({"app_artist_by_pk":{"name":"Alpha","albums":[{"id":1,"title":"One"}]}})");
}

TEST_F(EngineTest, SkipAndIncludeFollowTheVariables) {
  constexpr auto kQuery =
      "query ($brief: Boolean!) { app_artist_by_pk(id: 1) { id name @skip(if: $brief) rating @include(if: $brief) } }";
  EXPECT_EQ(data(kQuery, {{"brief", true}}), R"({"app_artist_by_pk":{"id":1,"rating":4.5}})");
  EXPECT_EQ(data(kQuery, {{"brief", false}}), R"({"app_artist_by_pk":{"id":1,"name":"Alpha"}})");
  EXPECT_EQ(data(kQuery, {{"brief", true}}), R"({"app_artist_by_pk":{"id":1,"rating":4.5}})") << "from the cache";
}

TEST_F(EngineTest, VariablesOfEveryShape) {
  EXPECT_EQ(data("query ($id: Int!) { app_artist_by_pk(id: $id) { name } }", {{"id", 2}}),
            R"({"app_artist_by_pk":{"name":"Beta"}})");
  constexpr auto kDefault = "query ($limit: Int = 1) { app_artist(limit: $limit, order_by: {id: asc}) { id } }";
  EXPECT_EQ(data(kDefault), R"({"app_artist":[{"id":1}]})");
  EXPECT_EQ(data(kDefault, {{"limit", 2}}), R"({"app_artist":[{"id":1},{"id":2}]})");
  constexpr auto kWhere =
      "query ($where: app_artist_bool_exp!, $order: [app_artist_order_by!]) { app_artist(where: $where, order_by: "
      "$order) { id } }";
  EXPECT_EQ(data(kWhere, {{"where", json::parse(R"({"name": {"_in": ["Beta", "Gamma"]}})").value()},
                          {"order", json::parse(R"([{"id": "desc"}])").value()}}),
            R"({"app_artist":[{"id":3},{"id":2}]})");
  EXPECT_EQ(data(kWhere, {{"where", json::parse(R"({"_or": [{"id": {"_eq": 1}}, {"rating": {"_lt": 3.5}}]})").value()},
                          {"order", json::parse(R"({"id": "asc"})").value()}}),
            R"({"app_artist":[{"id":1},{"id":2}]})");
  EXPECT_EQ(data("query ($names: [String!]) { app_artist(where: {name: {_in: $names}}) { id } }",
                 {{"names", json::Array{"Gamma"}}}),
            R"({"app_artist":[{"id":3}]})");
}

TEST_F(EngineTest, AggregatesWhereAllowed) {
  EXPECT_EQ(data("{ app_artist_aggregate(where: {is_active: {_eq: true}}) { aggregate { count max { rating } } nodes { "
                 "id } } }"),
            R"({"app_artist_aggregate":{"aggregate":{"count":2,"max":{"rating":4.5}},"nodes":[{"id":1},{"id":2}]}})");
}

TEST_F(EngineTest, OneOperationOfSeveralByName) {
  const std::string two = "query A { app_artist_by_pk(id: 1) { id } } query B { app_artist_by_pk(id: 2) { id } }";
  EXPECT_EQ(ask_body(json::serialize(json::Object{{"query", two}, {"operationName", "B"}})),
            R"({"data":{"app_artist_by_pk":{"id":2}}})");
}

TEST_F(EngineTest, ABatchIsAnsweredInOrder) {
  EXPECT_EQ(
      ask_body(R"([{"query":"{ app_artist_by_pk(id: 1) { id } }"},{"query":"{ nope }"},{"query":"{ __typename }"}])"),
      R"([{"data":{"app_artist_by_pk":{"id":1}}},{"errors":[{"message":"field 'nope' not found in type: 'query_root'",)"
      R"("extensions":{"path":"$.selectionSet.nope","code":"validation-failed"}}]},{"data":{"__typename":"query_root"}}])");
}

TEST_F(EngineTest, ThePlanOfATextIsMadeOnce) {
  const Session reader = session("reader", "a");
  const Request request{"query ($id: Int!) { app_artist_by_pk(id: $id) { name } }", {}, {{"id", 1}}};
  const auto first = engine_->plan(request, reader);
  const auto second = engine_->plan({request.query, {}, {{"id", 2}}}, reader);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->get(), second->get());
  EXPECT_NE(engine_->plan(request, session("admin", "a"))->get(), first->get()) << "another role, another plan";
}

}  // namespace
}  // namespace busflow::graphql
