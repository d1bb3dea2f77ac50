#include "music.hpp"

#include <array>

namespace busflow::graphql::music {
namespace {

constexpr std::array kMigrations = {EmbeddedFile{"0001_music.sql", R"(
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO busflow_graphql;
CREATE TABLE app.artist (id integer PRIMARY KEY, tenant_id uuid NOT NULL, name text NOT NULL, tags text[], profile jsonb,
  founded date, rating numeric(3, 1), is_active boolean NOT NULL DEFAULT true);
CREATE TABLE app.album (id integer PRIMARY KEY, tenant_id uuid NOT NULL, artist_id integer NOT NULL REFERENCES app.artist, title text NOT NULL);
CREATE TABLE app.track (id integer PRIMARY KEY, tenant_id uuid NOT NULL, album_id integer NOT NULL REFERENCES app.album, name text NOT NULL, ms integer NOT NULL);
CREATE FUNCTION app.shout(artist app.artist) RETURNS text STABLE LANGUAGE sql AS $$ SELECT upper(artist.name) $$;
CREATE FUNCTION app.greet(greeting text, artist app.artist, session json, mark text DEFAULT '!') RETURNS text STABLE LANGUAGE sql
  AS $$ SELECT greeting || ' ' || artist.name || coalesce(session->>'x-hasura-guest', '') || mark $$;
CREATE FUNCTION app.albums_like(artist app.artist, pattern text) RETURNS SETOF app.album STABLE LANGUAGE sql
  AS $$ SELECT * FROM app.album WHERE artist_id = artist.id AND title LIKE pattern $$;
CREATE FUNCTION app.artists_from(initial text, smallest integer DEFAULT 0) RETURNS SETOF app.artist STABLE LANGUAGE sql
  AS $$ SELECT * FROM app.artist WHERE name LIKE initial || '%' AND id >= smallest $$;
CREATE FUNCTION app.first_artist() RETURNS app.artist STABLE LANGUAGE sql AS $$ SELECT * FROM app.artist ORDER BY id LIMIT 1 $$;
CREATE FUNCTION app.rename_all(suffix text) RETURNS SETOF app.artist VOLATILE LANGUAGE sql
  AS $$ UPDATE app.artist SET name = name || suffix RETURNING * $$;
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['artist', 'album', 'track'] LOOP
    EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant ON app.%I USING (tenant_id = nullif(current_setting(''busflow.tenant_id'', true), '''')::uuid)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON app.%I TO busflow_graphql', t);
  END LOOP;
END $$;
)"}};

constexpr std::array kMetadata = {EmbeddedFile{"music/tables/app_artist.yaml", R"(
table: {schema: app, name: artist}
array_relationships:
  - name: albums
    using: {foreign_key_constraint_on: {column: artist_id, table: {schema: app, name: album}}}
computed_fields:
  - name: shout
    definition: {function: {schema: app, name: shout}}
  - name: greet
    definition: {function: {schema: app, name: greet}, table_argument: artist, session_argument: session}
  - name: albums_like
    definition: {function: {schema: app, name: albums_like}}
select_permissions:
  - role: loud
    permission: {columns: [id], computed_fields: [shout], filter: {shout: {_neq: BETA}}}
  - role: reader
    permission:
      columns: [id, name, tags, profile, founded, rating, is_active]
      computed_fields: [shout, greet]
      filter: {tenant_id: {_eq: X-Hasura-Tenant-Id}}
      allow_aggregations: true
  - role: guest
    permission:
      columns: [id, name]
      filter: {_and: [{tenant_id: {_eq: X-Hasura-Tenant-Id}}, {is_active: {_eq: true}}]}
      limit: 2
  - role: careless
    permission: {columns: [id, name], filter: {}}
  - role: writer
    permission: {columns: "*", filter: {tenant_id: {_eq: X-Hasura-Tenant-Id}}}
insert_permissions:
  - role: writer
    permission:
      check: {name: {_neq: forbidden}}
      columns: [id, name, tags, profile, founded, rating, is_active]
      set: {tenant_id: X-Hasura-Tenant-Id}
  - role: careless
    permission: {check: {}, columns: "*"}
  - role: service
    permission: {check: {}, columns: "*", backend_only: true}
update_permissions:
  - role: writer
    permission:
      columns: [name, tags, profile, rating, is_active]
      filter: {tenant_id: {_eq: X-Hasura-Tenant-Id}, is_active: {_eq: true}}
      check: {name: {_neq: forbidden}}
  - role: careless
    permission: {columns: [name, tenant_id], filter: {}}
delete_permissions:
  - role: writer
    permission: {filter: {tenant_id: {_eq: X-Hasura-Tenant-Id}}}
  - role: careless
    permission: {filter: {}}
)"},
                                  EmbeddedFile{"music/tables/app_album.yaml", R"(
table: {schema: app, name: album}
object_relationships:
  - name: artist
    using: {foreign_key_constraint_on: artist_id}
array_relationships:
  - name: tracks
    using: {foreign_key_constraint_on: {column: album_id, table: {schema: app, name: track}}}
select_permissions:
  - role: reader
    permission:
      columns: [id, title]
      filter: {artist: {tenant_id: {_eq: X-Hasura-Tenant-Id}}}
  - role: writer
    permission: {columns: [id, title, artist_id], filter: {artist: {tenant_id: {_eq: X-Hasura-Tenant-Id}}}}
insert_permissions:
  - role: writer
    permission:
      check: {artist: {is_active: {_eq: true}}}
      columns: [id, title, artist_id]
      set: {tenant_id: X-Hasura-Tenant-Id}
)"},
                                  EmbeddedFile{"music/tables/app_track.yaml", R"(
table: {schema: app, name: track}
select_permissions:
  - role: reader
    permission:
      columns: [id, name, ms]
      filter: {tenant_id: {_eq: X-Hasura-Tenant-Id}}
  - role: writer
    permission: {columns: [id, name, ms, album_id], filter: {tenant_id: {_eq: X-Hasura-Tenant-Id}}}
insert_permissions:
  - role: writer
    permission: {check: {}, columns: [id, name, ms, album_id], set: {tenant_id: X-Hasura-Tenant-Id}}
update_permissions:
  - role: writer
    permission: {columns: [name, ms], filter: {tenant_id: {_eq: X-Hasura-Tenant-Id}}, set: {}}
)"},
                                  EmbeddedFile{"music/functions/app.yaml", R"(
- function: {schema: app, name: artists_from}
- function: {schema: app, name: first_artist}
- function: {schema: app, name: rename_all}
  permissions: [{role: writer}]
)"},
                                  EmbeddedFile{"music/actions.graphql", R"(
type Mutation {
  renameArtist(input: RenameArtistInput!): RenamedArtist!
  failWith(reason: String!): RenamedArtist
}
input RenameArtistInput { id: Int!, name: String!, since: date, aliases: [String!] }
type RenamedArtist { id: Int!, name: String!, aliases: [String!] }
)"},
                                  EmbeddedFile{"music/actions.yaml", R"(
actions:
  - name: renameArtist
    definition: {kind: synchronous, handler: native}
    permissions: [{role: reader}]
  - name: failWith
    definition: {kind: synchronous, handler: native}
    permissions: [{role: reader}]
)"}};

CatalogColumn column(std::string name, std::string type, bool is_nullable = false, bool is_array = false) {
  return {.name = std::move(name),
          .type_name = std::move(type),
          .type_schema = "pg_catalog",
          .is_array = is_array,
          .is_nullable = is_nullable,
          .comment = {}};
}

CatalogTable table(std::string name, std::vector<CatalogColumn> columns, std::vector<CatalogForeignKey> keys) {
  return {.schema = "app",
          .name = std::move(name),
          .comment = {},
          .columns = std::move(columns),
          .primary_key = {"id"},
          .unique_keys = {{"id"}},
          .foreign_keys = std::move(keys)};
}

Result<json::Value> rename_artist(Context&, const json::Object& input) {
  const auto& values = input.at("input").as_object();
  json::Object answer{{"id", values.at("id")}, {"name", values.at("name")}};
  if (const auto* aliases = values.if_contains("aliases")) answer["aliases"] = *aliases;
  return answer;
}

Result<json::Value> fail_with(Context&, const json::Object& input) {
  const std::string reason(input.at("reason").as_string());
  if (reason == "null") return json::Value();
  if (reason == "fault") throw std::runtime_error("secret detail");
  return fail(ErrorName::kStateConflict, reason);
}

}  // namespace

std::span<const EmbeddedFile> migrations() { return kMigrations; }
std::span<const EmbeddedFile> metadata() { return kMetadata; }

Catalog catalog() {
  return {.tables = {table("artist",
                           {column("id", "int4"), column("tenant_id", "uuid"), column("name", "text"),
                            column("tags", "text", true, true), column("profile", "jsonb", true),
                            column("founded", "date", true), column("rating", "numeric", true),
                            column("is_active", "bool")},
                           {}),
                     table("album",
                           {column("id", "int4"), column("tenant_id", "uuid"), column("artist_id", "int4"),
                            column("title", "text")},
                           {{"album_artist", "app", "artist", {{"artist_id", "id"}}}}),
                     table("track",
                           {column("id", "int4"), column("tenant_id", "uuid"), column("album_id", "int4"),
                            column("name", "text"), column("ms", "int4")},
                           {{"track_album", "app", "album", {{"album_id", "id"}}}})},
          .functions = {{.schema = "app",
                         .name = "shout",
                         .arguments = {{.name = "artist", .type_name = "artist", .type_schema = "app"}},
                         .type_name = "text",
                         .type_schema = "pg_catalog"}}};
}

std::map<std::string, ActionHandler> handlers() { return {{"renameArtist", rename_artist}, {"failWith", fail_with}}; }

}  // namespace busflow::graphql::music
