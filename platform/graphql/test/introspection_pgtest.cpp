#include <set>

#include "engine_fixture.hpp"

namespace busflow::graphql {
namespace {

// As graphql-js' getIntrospectionQuery() has it.
constexpr auto kIntrospection = R"(
query IntrospectionQuery {
  __schema {
    queryType { name kind } mutationType { name kind } subscriptionType { name kind }
    types { ...FullType }
    directives { name description locations args { ...InputValue } }
  }
}
fragment FullType on __Type {
  kind name description
  fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
  inputFields { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }
)";

void collect_references(const json::Value& value, std::set<std::string>& names) {
  if (const auto* array = value.if_array()) {
    for (const auto& item : *array) collect_references(item, names);
  } else if (const auto* object = value.if_object()) {
    const auto* name = object->if_contains("name");
    const bool is_reference = object->contains("ofType") && name != nullptr && name->is_string();
    if (is_reference) names.emplace(name->get_string());
    for (const auto& member : *object) collect_references(member.value(), names);
  }
}

TEST_F(EngineTest, EveryTypeThatTheSchemaNamesIsInIt) {
  const auto schema = json::parse(data(kIntrospection)).value().at("__schema");
  std::set<std::string> defined;
  for (const auto& type : schema.at("types").as_array()) defined.emplace(type.at("name").as_string());
  EXPECT_EQ(defined.size(), schema.at("types").as_array().size()) << "no type twice";
  std::set<std::string> referred;
  collect_references(schema, referred);
  EXPECT_GT(referred.size(), 10U);
  for (const auto& name : referred) EXPECT_TRUE(defined.contains(name)) << name;
  for (const auto* name : {"query_root", "mutation_root", "subscription_root", "app_artist", "app_artist_bool_exp",
                           "app_artist_order_by", "order_by", "RenamedArtist", "__Schema"}) {
    EXPECT_TRUE(defined.contains(name)) << name;
  }
}

TEST_F(EngineTest, ARolesSchemaHidesWhatItMayNotUse) {
  const auto text = data(kIntrospection, {}, "guest");
  EXPECT_EQ(text.find("app_album"), std::string::npos);
  EXPECT_EQ(text.find("rating"), std::string::npos);
  EXPECT_EQ(text.find("renameArtist"), std::string::npos);
  EXPECT_NE(text.find("app_artist"), std::string::npos);
}

TEST_F(EngineTest, OneTypeByName) {
  EXPECT_EQ(data(R"({ __type(name: "app_track") { kind name fields { name type { kind ofType { name } } } } })"),
            R"({"__type":{"kind":"OBJECT","name":"app_track","fields":[)"
            R"({"name":"id","type":{"kind":"NON_NULL","ofType":{"name":"Int"}}},)"
            R"({"name":"ms","type":{"kind":"NON_NULL","ofType":{"name":"Int"}}},)"
            R"({"name":"name","type":{"kind":"NON_NULL","ofType":{"name":"String"}}}]}})");
  EXPECT_EQ(data(R"({ __type(name: "Nope") { name } })"), R"({"__type":null})");
}

TEST_F(EngineTest, TheSchemaAsText) {
  const auto text = engine_->schema_text("reader");
  EXPECT_NE(text.find("type app_artist {"), std::string::npos);
  EXPECT_NE(text.find("renameArtist(input: RenameArtistInput!): RenamedArtist!"), std::string::npos) << text;
  EXPECT_EQ(engine_->schema_text("guest").find("app_album"), std::string::npos);
}

}  // namespace
}  // namespace busflow::graphql
