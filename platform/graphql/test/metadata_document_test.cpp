#include <array>

#include <gtest/gtest.h>

#include <platform/graphql/metadata.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql::metadata {
namespace {

/// Every part of metadata that the reference documents, in the form in which it is exported.
constexpr std::string_view kDocument = R"json({
  "version": 3,
  "sources": [{
    "name": "default", "kind": "postgres",
    "tables": [{
      "table": {"schema": "public", "name": "artist"},
      "is_enum": true,
      "configuration": {
        "column_config": {"id": {"custom_name": "artistId", "comment": "key"}, "name": {"comment": ""}},
        "custom_column_names": {"id": "artistId"},
        "custom_name": "Artist", "comment": "who sings",
        "custom_root_fields": {"select": "artists", "select_by_pk": {"name": "artist", "comment": "one"}, "delete": {"comment": "gone"}}
      },
      "object_relationships": [
        {"name": "label", "using": {"foreign_key_constraint_on": "label_id"}},
        {"name": "pair", "using": {"foreign_key_constraint_on": ["a", "b"]}, "comment": "two columns"},
        {"name": "manual", "using": {"manual_configuration": {"remote_table": {"schema": "x", "name": "y"},
          "insertion_order": "after_parent", "column_mapping": {"id": "artist_id"}}}}],
      "array_relationships": [
        {"name": "albums", "using": {"foreign_key_constraint_on": {"column": "artist_id", "table": {"schema": "public", "name": "album"}}}},
        {"name": "many", "using": {"foreign_key_constraint_on": {"columns": ["a", "b"], "table": {"schema": "public", "name": "c"}}}}],
      "computed_fields": [{"name": "full", "definition": {"function": {"schema": "public", "name": "f"}, "table_argument": "row", "session_argument": "s"}, "comment": "c"}],
      "remote_relationships": [{"name": "r", "definition": {"to_source": {"source": "other", "table": "t", "relationship_type": "object", "field_mapping": {"a": "b"}}}}],
      "insert_permissions": [{"role": "user", "permission": {"check": {"id": {"_eq": "X-Hasura-User-Id"}}, "set": {"n": 1, "o": null}, "columns": ["a"],
        "backend_only": true, "validate_input": {"type": "http", "definition": {"url": "{{U}}", "headers": [{"name": "h", "value": "v"}], "timeout": 5, "forward_client_headers": true}}}, "comment": "x"}],
      "select_permissions": [{"role": "user", "permission": {"columns": "*", "computed_fields": ["full"], "filter": {}, "limit": 10, "allow_aggregations": true,
        "query_root_fields": [], "subscription_root_fields": ["select", "select_stream"]}}],
      "update_permissions": [{"role": "user", "permission": {"columns": ["a"], "filter": {"_or": [{"a": {"_gt": 1.5}}, {"b": {"_is_null": true}}]}, "check": null}},
        {"role": "other", "permission": {"columns": [], "filter": {}, "check": {}, "set": {"a": "x-hasura-a"}}}],
      "delete_permissions": [{"role": "user", "permission": {"filter": {}, "backend_only": true}}],
      "event_triggers": [{"name": "t", "definition": {"enable_manual": true, "insert": {"columns": "*"}, "update": {"columns": ["a"], "payload": ["b"]}, "delete": {"columns": "*"}},
        "retry_conf": {"num_retries": 3, "interval_sec": 11, "timeout_sec": 61}, "webhook": "http://x", "headers": [{"name": "k", "value_from_env": "E"}],
        "request_transform": {"version": 2}, "cleanup_config": {"schedule": "* * * * *"}, "trigger_on_replication": false}],
      "apollo_federation_config": {"enable": "v1"}
    }],
    "configuration": {"connection_info": {"database_url": {"from_env": "PG"}, "isolation_level": "read-committed",
      "pool_settings": {"max_connections": 50, "idle_timeout": 180, "retries": 1}, "use_prepared_statements": false}, "read_replicas": []},
    "customization": {"root_fields": {"namespace": "n", "prefix": "p_", "suffix": "_s"}, "type_names": {"prefix": "P", "suffix": "S"}, "naming_convention": "graphql-default"},
    "functions": [{"function": {"schema": "public", "name": "search"}, "configuration": {"custom_name": "find", "custom_root_fields": {"function": "g"},
      "session_argument": "s", "exposed_as": "query"}, "permissions": [{"role": "user"}], "comment": "f"}],
    "native_queries": [{"root_field_name": "q"}]
  }],
  "custom_types": {
    "input_objects": [{"name": "In", "fields": [{"name": "a", "type": "Int!", "description": "d"}]}],
    "objects": [{"name": "Out", "description": "o", "fields": [{"name": "id", "type": "[uuid!]"}],
      "relationships": [{"name": "artist", "type": "object", "source": "default", "remote_table": {"schema": "public", "name": "artist"}, "field_mapping": {"id": "id"}}]}],
    "scalars": [{"name": "Sc"}],
    "enums": [{"name": "E", "values": [{"value": "A", "description": "a", "is_deprecated": true}]}]
  },
  "remote_schemas": [{"name": "r", "definition": {"url": "http://r"}, "comment": "", "permissions": [{"role": "user"}]}],
  "query_collections": [{"name": "allowed", "definition": {"queries": [{"name": "q", "query": "{ artist { id } }"}]}, "comment": "c"}],
  "allowlist": [{"collection": "allowed", "scope": {"global": true}}, {"collection": "some", "scope": {"global": false, "roles": ["user"]}}],
  "actions": [{"name": "act", "definition": {"handler": "{{B}}/act", "output_type": "Out!", "arguments": [{"name": "a", "type": "In"}],
      "headers": [{"name": "h", "value": "v"}], "forward_client_headers": true, "ignored_client_headers": ["cookie"], "timeout": 60,
      "request_transform": {"version": 2}, "kind": "asynchronous"}, "comment": "c", "permissions": [{"role": "user"}]},
    {"name": "ask", "definition": {"handler": "http://h", "output_type": "String", "type": "query"}}],
  "cron_triggers": [{"name": "nightly", "schedule": "0 2 * * *", "payload": {"a": [1, 2]}, "retry_conf": {"num_retries": 1, "retry_interval_seconds": 5, "timeout_seconds": 6, "tolerance_seconds": 7},
    "headers": [{"name": "h", "value": "v"}], "include_in_metadata": true, "comment": "c", "webhook": "http://c"}],
  "rest_endpoints": [{"name": "e", "url": "artists/:id", "methods": ["GET", "POST"], "definition": {"query": {"collection_name": "allowed", "query_name": "q"}}, "comment": "c"}],
  "api_limits": {"disabled": false, "depth_limit": {"global": 5, "per_role": {"user": 3, "other": 7}}, "node_limit": {"global": 10},
    "batch_limit": {"global": 2}, "time_limit": {"global": 30, "per_role": {"user": 60}}, "alias_limit": {"global": 4}, "query_length_limit": {"global": 2000},
    "rate_limit": {"global": {"max_reqs_per_min": 60, "unique_params": "IP"}, "per_role": {
      "user": {"max_reqs_per_min": 10, "unique_params": ["x-hasura-user-id", "X-Hasura-Org-Id"]}, "other": {"max_reqs_per_min": 1}}}},
  "metrics_config": {"analyze_query_variables": true},
  "inherited_roles": [{"role_name": "both", "role_set": ["user", "other"]}],
  "graphql_schema_introspection": {"disabled_for_roles": ["user"]},
  "network": {"tls_allowlist": []},
  "opentelemetry": {"status": "disabled"},
  "backend_configs": {"dataconnector": {}}
})json";

TEST(MetadataDocument, IsWrittenAsItWasRead) {
  const json::Value document = json::parse(kDocument).value();
  const auto metadata = from_json(document);
  ASSERT_TRUE(metadata) << metadata.error().path << ": " << metadata.error().detail;
  const json::Value written = to_json(*metadata);
  EXPECT_EQ(written, document) << json::serialize(written);
}

std::string problem(std::string_view text) {
  const auto metadata = from_json(json::parse(text).value());
  return metadata ? "accepted" : metadata.error().path + ": " + metadata.error().detail;
}

TEST(MetadataDocument, AnErrorNamesThePathInIt) {
  EXPECT_EQ(problem(R"({"version": 1})"), "$: metadata of version 1 is not read; export it again as version 3");
  EXPECT_EQ(problem(R"({"sources": [{"name": "a"}, {"tables": []}]})"), "$.sources[1]: the key 'name' is missing");
  EXPECT_EQ(problem(R"({"sources": [{"name": "a", "tables": [{"table": "t", "is_enum": "yes"}]}]})"),
            "$.sources[0].tables[0].is_enum: expected true or false");
  EXPECT_EQ(
      problem(
          R"({"sources": [{"name": "a", "tables": [{"table": "t", "select_permissions": [{"role": "r", "permission": {"columns": "*"}}]}]}]})"),
      "$.sources[0].tables[0].select_permissions[0].permission: the key 'filter' is missing");
  EXPECT_EQ(
      problem(
          R"({"sources": [{"name": "a", "tables": [{"table": "t", "delete_permissions": [{"role": "r", "permission": {"filter": {}, "limit": 1}}]}]}]})"),
      "$.sources[0].tables[0].delete_permissions[0].permission.limit: unknown key 'limit'");
  EXPECT_EQ(problem(R"({"allowlist": [{"collection": "c", "scope": {"global": false}}]})"),
            "$.allowlist[0]: 'scope' is either {global: true}, or {global: false, roles: […]}");
}

TEST(MetadataDocument, OfVersionTwoHasOneSource) {
  const auto metadata = from_json(json::parse(R"({"version": 2, "tables": [{"table": "artist"}]})").value());
  ASSERT_TRUE(metadata) << metadata.error().detail;
  ASSERT_EQ(metadata->sources.size(), 1U);
  EXPECT_NE(metadata->sources[0].find_table({"public", "artist"}), nullptr);
}

constexpr std::array kDirectory = {
    EmbeddedFile{"metadata/version.yaml", "version: 3\n"},
    EmbeddedFile{"metadata/databases/databases.yaml", R"(
- name: default
  kind: postgres
  configuration:
    connection_info:
      database_url: {from_env: HASURA_GRAPHQL_DATABASE_URL}
  tables: "!include default/tables/tables.yaml"
  functions: !include default/functions/functions.yaml
)"},
    EmbeddedFile{"metadata/databases/default/tables/tables.yaml", "- \"!include public_artist.yaml\"\n"},
    EmbeddedFile{"metadata/databases/default/tables/public_artist.yaml", "table: {schema: public, name: artist}\n"},
    EmbeddedFile{"metadata/databases/default/functions/functions.yaml", "- function: {schema: public, name: search}\n"},
    EmbeddedFile{"metadata/actions.graphql", R"(
type Mutation { "Adds." addArtist(name: String!): Out! }
type Query { ping: String }
type Out { id: Int! }
enum Mood { GOOD BAD }
)"},
    EmbeddedFile{"metadata/actions.yaml", R"(
actions:
  - name: addArtist
    definition: {kind: synchronous, handler: "{{HOST}}/add"}
  - name: ping
    definition: {kind: "", handler: "{{HOST}}/ping", type: query}
custom_types:
  objects:
    - name: Out
      relationships:
        - {name: artist, type: object, remote_table: {schema: public, name: artist}, field_mapping: {id: id}}
)"},
    EmbeddedFile{"metadata/inherited_roles.yaml", "- role_name: both\n  role_set: [a, b]\n"},
    EmbeddedFile{"metadata/network.yaml", "{}\n"},
    EmbeddedFile{"metadata/remote_schemas.yaml", "[]\n"},
};

TEST(MetadataDirectory, OfTheCommandLineToolIsRead) {
  const auto metadata = load(kDirectory);
  ASSERT_TRUE(metadata) << metadata.error().detail;
  ASSERT_EQ(metadata->sources.size(), 1U);
  EXPECT_NE(metadata->sources[0].find_table({"public", "artist"}), nullptr);
  EXPECT_NE(metadata->sources[0].find_function({"public", "search"}), nullptr);
  ASSERT_EQ(metadata->actions.size(), 2U);
  EXPECT_EQ(metadata->actions[0].output_type, "Out!");
  EXPECT_EQ(metadata->actions[0].comment, "Adds.");
  EXPECT_EQ(metadata->actions[1].type, Action::Type::kQuery);
  ASSERT_EQ(metadata->custom_types.objects.size(), 1U);
  EXPECT_EQ(metadata->custom_types.objects[0].fields.size(), 1U);
  EXPECT_EQ(metadata->custom_types.objects[0].relationships.size(), 1U);
  EXPECT_EQ(metadata->custom_types.enums.size(), 1U);
  EXPECT_EQ(metadata->inherited_roles.size(), 1U);
}

TEST(MetadataDirectory, AMissingFileIsNamed) {
  const std::array files = {EmbeddedFile{"databases/databases.yaml", "- name: a\n  tables: \"!include gone.yaml\"\n"}};
  const auto metadata = load(files);
  ASSERT_FALSE(metadata);
  EXPECT_EQ(metadata.error().detail, "databases/databases.yaml:2: there is no file databases/gone.yaml to include");
}

TEST(MetadataDirectory, FilesThatIncludeEachOtherAreRefused) {
  const std::array files = {EmbeddedFile{"databases/databases.yaml", "\"!include databases.yaml\"\n"}};
  const auto metadata = load(files);
  ASSERT_FALSE(metadata);
  EXPECT_NE(metadata.error().detail.find("include each other"), std::string::npos);
}

}  // namespace
}  // namespace busflow::graphql::metadata
