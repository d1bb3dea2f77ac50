#include "engine_fixture.hpp"

namespace busflow::graphql {
namespace {

class MutationTest : public EngineTest {
 protected:
  std::string write(const std::string& mutation, json::Object variables = {}, const std::string& tenant = "a") {
    return data(mutation, std::move(variables), "writer", tenant);
  }
  std::string refusal(const std::string& mutation, const std::string& role = "writer",
                      const std::string& tenant = "a") {
    return ask(mutation, {}, role, tenant);
  }
  std::string count(const std::string& table) { return database_.value("select count(*) from app." + table); }
};

TEST_F(MutationTest, InsertsRowsWithDefaultsAndPresets) {
  EXPECT_EQ(write(R"(mutation { insert_app_artist(objects: [{id: 21, name: "New", tags: ["a", "b"], profile: {k: [1]}},
                                                           {id: 22, name: "Newer", is_active: false}]) {
                       affected_rows returning { id name is_active tags profile } } })"),
            R"({"insert_app_artist":{"affected_rows":2,"returning":[)"
            R"({"id":21,"name":"New","is_active":true,"tags":["a","b"],"profile":{"k":[1]}},)"
            R"({"id":22,"name":"Newer","is_active":false,"tags":null,"profile":null}]}})");
  EXPECT_EQ(database_.value("select count(*) from app.artist where id in (21, 22) and tenant_id = '" +
                            tenant("a").to_string() + "'"),
            "2");
}

TEST_F(MutationTest, InsertsOneFromVariables) {
  const json::Object row{{"id", 30}, {"name", "V"}, {"founded", "2020-02-29"}};
  EXPECT_EQ(write("mutation($row: app_artist_insert_input!) { insert_app_artist_one(object: $row) { id founded } }",
                  {{"row", row}}),
            R"({"insert_app_artist_one":{"id":30,"founded":"2020-02-29"}})");
}

TEST_F(MutationTest, AVariableThatIsNotGivenLeavesTheColumnOut) {
  constexpr auto kMutation =
      "mutation($id: Int!, $active: Boolean) { insert_app_artist_one(object: {id: $id, name: \"n\", is_active: "
      "$active}) "
      "{ is_active } }";
  EXPECT_EQ(write(kMutation, {{"id", 31}}), R"({"insert_app_artist_one":{"is_active":true}})") << "the default";
  EXPECT_EQ(write(kMutation, {{"id", 32}, {"active", false}}), R"({"insert_app_artist_one":{"is_active":false}})");
  EXPECT_NE(ask(kMutation, {{"id", 33}, {"active", nullptr}}, "writer").find("Not-NULL violation"), std::string::npos);
}

TEST_F(MutationTest, NestedRowsTakeTheirKeysFromEachOther) {
  EXPECT_EQ(write(R"(mutation { insert_app_album_one(object: {id: 41, title: "Both",
                       artist: {data: {id: 41, name: "Nested"}},
                       tracks: {data: [{id: 41, name: "p", ms: 1}, {id: 42, name: "q", ms: 2}]}}) {
                       title artist { name } tracks(order_by: {id: asc}) { name ms } } })"),
            R"({"insert_app_album_one":{"title":"Both","artist":{"name":"Nested"},)"
            R"("tracks":[{"name":"p","ms":1},{"name":"q","ms":2}]}})");
  EXPECT_EQ(
      write(R"(mutation { insert_app_artist(objects: [{id: 51, name: "Deep",
                       albums: {data: [{id: 51, title: "x", tracks: {data: {id: 51, name: "t", ms: 3}}}, {id: 52, title: "y"}]}}]) {
                       affected_rows returning { albums_aggregate: albums(order_by: {id: asc}) { title } } } })"),
      R"({"insert_app_artist":{"affected_rows":4,"returning":[{"albums_aggregate":[{"title":"x"},{"title":"y"}]}]}})");
}

TEST_F(MutationTest, AColumnHasOneOriginOnly) {
  EXPECT_NE(
      refusal(
          R"(mutation { insert_app_artist(objects: [{id: 61, name: "n", albums: {data: [{id: 61, title: "t", artist_id: 1}]}}]) { affected_rows } })")
          .find("cannot insert 'artist_id' columns as their values are already being determined by parent insert"),
      std::string::npos);
  EXPECT_NE(
      refusal(
          R"(mutation { insert_app_album(objects: [{id: 61, title: "t", artist_id: 1, artist: {data: {id: 61, name: "n"}}}]) { affected_rows } })")
          .find("cannot insert object relationship 'artist'"),
      std::string::npos);
}

TEST_F(MutationTest, AFailedCheckWritesNothing) {
  const auto answer = refusal(
      R"(mutation { insert_app_artist(objects: [{id: 71, name: "good"}, {id: 72, name: "forbidden"}]) { affected_rows } })");
  EXPECT_NE(answer.find(R"("path":"$.selectionSet.insert_app_artist.args.objects","code":"permission-error")"),
            std::string::npos)
      << answer;
  EXPECT_NE(answer.find("check constraint of an insert/update permission has failed"), std::string::npos);
  EXPECT_EQ(count("artist where id in (71, 72)"), "0");
  EXPECT_NE(
      refusal(R"(mutation { update_app_artist(where: {id: {_eq: 1}}, _set: {name: "forbidden"}) { affected_rows } })")
          .find("permission-error"),
      std::string::npos);
  EXPECT_EQ(count("artist where name = 'Alpha'"), "1");
}

TEST_F(MutationTest, AChecksRelatedRowsAreThoseAfterTheMutation) {
  EXPECT_EQ(
      write(
          R"(mutation { insert_app_album_one(object: {id: 81, title: "t", artist: {data: {id: 81, name: "n"}}}) { id } })"),
      R"({"insert_app_album_one":{"id":81}})")
      << "the check looks at the artist, which the same field writes";
  EXPECT_NE(
      refusal(
          R"(mutation { insert_app_album_one(object: {id: 82, title: "t", artist: {data: {id: 82, name: "n", is_active: false}}}) { id } })")
          .find("permission-error"),
      std::string::npos);
  EXPECT_NE(refusal(R"(mutation { insert_app_album_one(object: {id: 83, title: "t", artist_id: 3}) { id } })")
                .find("permission-error"),
            std::string::npos);
  EXPECT_EQ(count("artist where id = 82"), "0");
}

TEST_F(MutationTest, ConflictsAreIgnoredOrUpdate) {
  constexpr auto kIgnore =
      R"(mutation { insert_app_artist(objects: [{id: 1, name: "Again"}, {id: 91, name: "n"}],
           on_conflict: {constraint: artist_pkey, update_columns: []}) { affected_rows returning { id } } })";
  EXPECT_EQ(write(kIgnore), R"({"insert_app_artist":{"affected_rows":1,"returning":[{"id":91}]}})");
  EXPECT_EQ(
      write(
          R"(mutation { insert_app_artist_one(object: {id: 1, name: "Again"}, on_conflict: {constraint: artist_pkey}) { id } })"),
      R"({"insert_app_artist_one":null})");
  EXPECT_EQ(write(R"(mutation { insert_app_artist_one(object: {id: 1, name: "Changed"},
           on_conflict: {constraint: artist_pkey, update_columns: [name], where: {rating: {_gt: 4}}}) { id name } })"),
            R"({"insert_app_artist_one":{"id":1,"name":"Changed"}})");
  EXPECT_EQ(write(R"(mutation { insert_app_artist_one(object: {id: 3, name: "Inactive"},
           on_conflict: {constraint: artist_pkey, update_columns: [name]}) { id } })"),
            R"({"insert_app_artist_one":null})")
      << "the role may update active artists only";
  EXPECT_NE(refusal(R"(mutation { insert_app_artist(objects: [], on_conflict: {constraint: nope}) { affected_rows } })")
                .find("expected one of the values ['artist_pkey'] for type 'app_artist_constraint', but found 'nope'"),
            std::string::npos);
}

TEST_F(MutationTest, AnotherTenantsRowIsNotUpdatedByAConflict) {
  const auto answer = refusal(
      R"(mutation { insert_app_artist_one(object: {id: 11, name: "Mine"}, on_conflict: {constraint: artist_pkey, update_columns: [name]}) { id } })");
  EXPECT_EQ(count("artist where id = 11 and name = 'Other'"), "1") << answer;
}

TEST_F(MutationTest, UpdatesByOperators) {
  EXPECT_EQ(
      write(
          R"(mutation { update_app_artist(where: {id: {_eq: 1}}, _set: {name: "A"}, _inc: {rating: 0.2}, _append: {profile: {zip: 10}})
                       { affected_rows returning { name rating profile } } })"),
      R"({"update_app_artist":{"affected_rows":1,"returning":[{"name":"A","rating":4.7,"profile":{"zip":10,"city":"Berlin"}}]}})");
  EXPECT_EQ(
      write(R"(mutation { update_app_artist_by_pk(pk_columns: {id: 1}, _delete_key: {profile: "zip"}) { profile } })"),
      R"({"update_app_artist_by_pk":{"profile":{"city":"Berlin"}}})");
  EXPECT_EQ(
      write(
          R"(mutation { update_app_artist_by_pk(pk_columns: {id: 1}, _prepend: {profile: {city: "x", a: {b: 1}}}) { profile } })"),
      R"({"update_app_artist_by_pk":{"profile":{"a":{"b":1},"city":"Berlin"}}})");
  EXPECT_EQ(
      write(
          R"(mutation { update_app_artist_by_pk(pk_columns: {id: 1}, _delete_at_path: {profile: ["a", "b"]}) { profile } })"),
      R"({"update_app_artist_by_pk":{"profile":{"a":{},"city":"Berlin"}}})");
  EXPECT_EQ(write("mutation { update_app_artist(where: {}, _set: {}) { affected_rows returning { id } } }"),
            R"({"update_app_artist":{"affected_rows":0,"returning":[]}})");
  EXPECT_NE(
      refusal(R"(mutation { update_app_artist(where: {}, _set: {rating: 1}, _inc: {rating: 1}) { affected_rows } })")
          .find("Column found in multiple operators: ['rating']."),
      std::string::npos);
}

TEST_F(MutationTest, RowsThatTheFilterHidesAreNotTouched) {
  EXPECT_EQ(write(R"(mutation { update_app_artist(where: {}, _set: {name: "all"}) { affected_rows } })"),
            R"({"update_app_artist":{"affected_rows":2}})")
      << "neither the inactive artist nor the other tenant's";
  EXPECT_EQ(write("mutation { update_app_artist_by_pk(pk_columns: {id: 3}, _set: {name: \"x\"}) { id } }"),
            R"({"update_app_artist_by_pk":null})");
  EXPECT_EQ(write("mutation { delete_app_artist_by_pk(id: 11) { id } }"), R"({"delete_app_artist_by_pk":null})");
}

TEST_F(MutationTest, ManyUpdatesRunInOrder) {
  EXPECT_EQ(write(R"(mutation { update_app_track_many(updates: [{where: {id: {_eq: 1}}, _set: {name: "first"}},
                       {where: {name: {_eq: "first"}}, _inc: {ms: 5}}, {where: {id: {_eq: -1}}, _set: {name: "none"}}]) {
                       affected_rows returning { name ms } } })"),
            R"({"update_app_track_many":[{"affected_rows":1,"returning":[{"name":"first","ms":100}]},)"
            R"({"affected_rows":1,"returning":[{"name":"first","ms":105}]},{"affected_rows":0,"returning":[]}]})");
  EXPECT_EQ(write("mutation { update_app_track_many(updates: []) { affected_rows } }"),
            R"({"update_app_track_many":[]})");
}

TEST_F(MutationTest, DeletesAndShowsWhatWasThere) {
  database_.run("delete from app.track; delete from app.album where id <> 3");
  EXPECT_EQ(write("mutation { delete_app_artist(where: {id: {_in: [1, 3]}}) { affected_rows returning { id } } }"),
            R"({"delete_app_artist":{"affected_rows":2,"returning":[{"id":1},{"id":3}]}})");
  const auto answer = refusal("mutation { delete_app_artist_by_pk(id: 2) { id } }");
  EXPECT_NE(answer.find(R"("path":"$","code":"constraint-violation")"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Foreign key violation. "), std::string::npos);
}

TEST_F(MutationTest, AllFieldsShareOneTransaction) {
  const auto answer = refusal(R"(mutation { a: insert_app_artist_one(object: {id: 101, name: "n"}) { id }
                                            b: insert_app_artist_one(object: {id: 1, name: "n"}) { id } })");
  EXPECT_NE(answer.find("Uniqueness violation. "), std::string::npos) << answer;
  EXPECT_NE(answer.find("$.selectionSet.insert_app_artist_one.args.object"), std::string::npos) << answer;
  EXPECT_EQ(count("artist where id = 101"), "0");
  EXPECT_EQ(write(R"(mutation { a: insert_app_artist_one(object: {id: 101, name: "n"}) { id }
                                b: update_app_artist_by_pk(pk_columns: {id: 101}, _set: {name: "later"}) { name } __typename })"),
            R"({"a":{"id":101},"b":{"name":"later"},"__typename":"mutation_root"})");
}

TEST_F(MutationTest, WithoutPermissionThereIsNoField) {
  EXPECT_NE(
      refusal("mutation { insert_app_artist(objects: []) { affected_rows } }", "guest").find("no mutations exist"),
      std::string::npos);
  EXPECT_NE(
      refusal("mutation { delete_app_track(where: {}) { affected_rows } }").find("field 'delete_app_track' not found"),
      std::string::npos);
  EXPECT_NE(refusal(R"(mutation { insert_app_artist_one(object: {id: 1, name: "n", tenant_id: "x"}) { id } })")
                .find("field 'tenant_id' not found in type: 'app_artist_insert_input'"),
            std::string::npos)
      << "a preset cannot be given";
}

TEST_F(MutationTest, WhatIsForBackendsNeedsTheBackendsWord) {
  constexpr auto kMutation = R"(mutation { insert_app_artist(objects: []) { affected_rows } })";
  EXPECT_NE(refusal(kMutation, "service").find("no mutations exist"), std::string::npos);
  const Session backend("service", {{"x-hasura-use-backend-only-permissions", "true"}});
  const Request request{.query = kMutation};
  EXPECT_TRUE(engine_->plan(request, backend));
  EXPECT_FALSE(engine_->plan(request, session("service", "a"))) << "also after the other was planned";
}

TEST_F(MutationTest, TheSecondLockHoldsWhenTheFirstIsForgotten) {
  // The role "careless" has neither checks nor filters.
  const auto own = tenant("a").to_string();
  EXPECT_NE(refusal(R"(mutation { insert_app_artist(objects: [{id: 201, name: "n", tenant_id: ")" + own +
                        R"("}]) { affected_rows } })",
                    "careless", "b")
                .find("errors"),
            std::string::npos);
  EXPECT_NE(
      refusal(R"(mutation { update_app_artist(where: {}, _set: {tenant_id: ")" + own + R"("}) { affected_rows } })",
              "careless", "b")
          .find("errors"),
      std::string::npos);
  EXPECT_EQ(
      data(R"(mutation { update_app_artist(where: {}, _set: {name: "b's"}) { affected_rows } })", {}, "careless", "b"),
      R"({"update_app_artist":{"affected_rows":1}})");
  EXPECT_EQ(count("artist where tenant_id = '" + own + "' and name in ('Alpha', 'Beta', 'Gamma')"), "3");
}

TEST_F(MutationTest, TextOfRequestsNeverBecomesSql) {
  const std::string hostile = "'); drop table app.track; --";
  EXPECT_EQ(
      write("mutation($n: String!) { insert_app_artist_one(object: {id: 301, name: $n}) { name } }", {{"n", hostile}}),
      json::serialize(json::Object{{"insert_app_artist_one", json::Object{{"name", hostile}}}}));
  EXPECT_EQ(write("mutation { update_app_artist_by_pk(pk_columns: {id: 301}, _set: {name: \"\\u0027 || '$1' \\\\\"}) { "
                  "name } }"),
            R"({"update_app_artist_by_pk":{"name":"' || '$1' \\"}})");
  EXPECT_NE(refusal(R"(mutation { insert_app_artist_one(object: {id: "busflow refuses: 0", name: "n"}) { id } })")
                .find("errors"),
            std::string::npos);
  EXPECT_EQ(count("track"), "3");
}

TEST_F(MutationTest, VariablesInsideOfJsonArePutIn) {
  constexpr auto kUpdate =
      "mutation ($city: String, $more: jsonb, $gone: Int, $usual: Int = 7) { update_app_artist_by_pk(pk_columns: {id: "
      "1}, "
      "_set: {profile: {city: $city, list: [1, $more, $gone], gone: $gone, usual: $usual}}) { profile } }";
  EXPECT_EQ(write(kUpdate, {{"city", "Rome"}, {"more", json::Object{{"a", 1}}}}),
            R"({"update_app_artist_by_pk":{"profile":{"city":"Rome","list":[1,{"a":1},null],"usual":7}}})");
  // The plan is the same, the values are not.
  EXPECT_EQ(write(kUpdate, {{"city", "Oslo"}, {"more", 5}, {"gone", nullptr}, {"usual", 8}}),
            R"({"update_app_artist_by_pk":{"profile":{"city":"Oslo","gone":null,"list":[1,5,null],"usual":8}}})");
  EXPECT_EQ(data("query ($city: String) { app_artist(where: {profile: {_contains: {city: $city}}}) { id } }",
                 {{"city", "Oslo"}}, "writer"),
            R"({"app_artist":[{"id":1}]})");
}

}  // namespace
}  // namespace busflow::graphql
