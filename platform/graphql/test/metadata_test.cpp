#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "music.hpp"

namespace busflow::graphql {
namespace {

Result<std::unique_ptr<Engine>> create_with(const EmbeddedFile& changed,
                                            std::map<std::string, ActionHandler> handlers) {
  std::vector<EmbeddedFile> files(music::metadata().begin(), music::metadata().end());
  bool replaced = false;
  for (auto& file : files) {
    if (file.path != changed.path) continue;
    file = changed;
    replaced = true;
  }
  if (!replaced) files.push_back(changed);
  return Engine::create(files, music::catalog(), std::move(handlers));
}

std::string problem(std::string_view path, std::string_view text) {
  const auto engine = create_with({path, text}, music::handlers());
  if (engine) return "accepted";
  EXPECT_EQ(engine.error().name, ErrorName::kInvalidMetadata);
  return engine.error().detail;
}

constexpr std::string_view kTrack = "music/tables/app_track.yaml";

TEST(Metadata, OfTheMusicSchemaIsAccepted) {
  const auto engine = Engine::create(music::metadata(), music::catalog(), music::handlers());
  ASSERT_TRUE(engine) << engine.error().message();
}

TEST(Metadata, TheValuesOfAnEnumOutliveTheCatalog) {
  auto catalog = std::make_unique<Catalog>(music::catalog());
  auto& artist = catalog->tables[0];
  artist.primary_key = {"name"};
  artist.enumeration = CatalogEnum{.values = {{"a_name_that_no_short_string_holds", "described"}}, .problem = {}};
  auto& album = catalog->tables[1];
  album.foreign_keys = {{"album_title", "app", "artist", {{"title", "name"}}}};
  const std::array files = {
      EmbeddedFile{"music/tables/app_artist.yaml", "table: {schema: app, name: artist}\nis_enum: true\n"},
      EmbeddedFile{"music/tables/app_album.yaml", "table: {schema: app, name: album}\n"}};
  const auto engine = Engine::create(files, *catalog, {});
  ASSERT_TRUE(engine) << engine.error().message();
  catalog.reset();
  EXPECT_NE((*engine)->schema_text("admin").find("a_name_that_no_short_string_holds"), std::string::npos);
}

TEST(Metadata, AnErrorNamesFileAndLine) {
  EXPECT_EQ(problem(kTrack,
                    "table: {schema: app, name: track}\nselect_permissions:\n"
                    "  - role: reader\n    permission: {columns: [nope], filter: {}}\n"),
            "music/tables/app_track.yaml:3: select permission of role 'reader': app.track has no column 'nope'");
  EXPECT_NE(problem(kTrack, "table: {schema: app, name: gone}\n").find("gone"), std::string::npos);
  EXPECT_NE(problem(kTrack, "table: [").find("music/tables/app_track.yaml"), std::string::npos);
  EXPECT_NE(problem(kTrack, "table: {schema: app, name: track}\nselect_permission: []\n").find("select_permission"),
            std::string::npos)
      << "a misspelt key is not ignored";
}

TEST(Metadata, WhatDoesNotFitTheDatabaseIsRefused) {
  for (const std::string_view text : {
           "table: {schema: app, name: track}\nobject_relationships: [{name: album, using: {foreign_key_constraint_on: "
           "ms}}]\n",
           "table: {schema: app, name: track}\nobject_relationships: [{name: name, using: {foreign_key_constraint_on: "
           "album_id}}]\n",
           "table: {schema: app, name: track}\nselect_permissions: [{role: r, permission: {columns: [id], filter: "
           "{nope: {_eq: 1}}}}]\n",
           "table: {schema: app, name: track}\nselect_permissions: [{role: r, permission: {columns: [id], filter: {id: "
           "{_nope: 1}}}}]\n",
           "table: {schema: app, name: track}\nselect_permissions: [{role: r, permission: {columns: [id], filter: "
           "{}}}, {role: r, permission: {columns: [id], filter: {}}}]\n",
       }) {
    EXPECT_NE(problem(kTrack, text), "accepted") << text;
  }
}

TEST(Metadata, ActionsAndHandlersBelongTogether) {
  const auto files = music::metadata();
  auto handlers = music::handlers();
  handlers.erase("renameArtist");
  const auto missing = Engine::create(files, music::catalog(), handlers);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().detail.find("renameArtist"), std::string::npos);

  handlers = music::handlers();
  handlers["surplus"] = handlers["failWith"];
  const auto surplus = Engine::create(files, music::catalog(), handlers);
  ASSERT_FALSE(surplus);
  EXPECT_NE(surplus.error().detail.find("surplus"), std::string::npos);
}

TEST(Metadata, AnActionsTypesMustExist) {
  EXPECT_NE(problem("music/actions.graphql",
                    "type Mutation { renameArtist(input: Gone!): Int failWith(reason: String!): Int }")
                .find("Gone"),
            std::string::npos);
}

}  // namespace
}  // namespace busflow::graphql
