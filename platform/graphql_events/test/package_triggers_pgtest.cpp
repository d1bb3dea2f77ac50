#include <platform/graphql_events/package_triggers.hpp>

#include <array>
#include <string>

#include <gtest/gtest.h>

#include <platform/outbox/outbox.hpp>
#include <platform/outbox/row_change.hpp>
#include <platform/postgres_testkit/test_database.hpp>

namespace busflow::graphql_events {
namespace {

constexpr std::array kMigration{EmbeddedFile{"0001_fleet.sql", R"sql(
CREATE SCHEMA fleet;
GRANT USAGE ON SCHEMA fleet TO busflow_graphql;
CREATE TABLE fleet.outbox (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  event_name text NOT NULL,
  tenant_id uuid NOT NULL,
  payload jsonb NOT NULL,
  traceparent text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  relayed_at timestamptz);
CREATE TABLE fleet.coaches (id integer PRIMARY KEY, tenant_id uuid NOT NULL, seats integer, note json);
CREATE TABLE fleet.brands (id integer PRIMARY KEY);
GRANT SELECT, INSERT, UPDATE, DELETE ON fleet.coaches TO busflow_graphql;
)sql"}};
const std::array kSets{postgres::MigrationSet{"fleet", kMigration}};
const std::array kContexts{std::string("fleet")};
constexpr auto kTenant = "6a7e0c3a-3f4e-4a51-9d5f-0c8f3d8e1a11";

constexpr auto kCoaches = R"yaml(
table: {schema: fleet, name: coaches}
event_triggers:
  - name: coach_changed
    definition:
      insert: {columns: '*', payload: [id, seats]}
      update: {columns: [seats]}
      delete: {columns: '*'}
    ordering_key: id
    webhook: internal:fleet.look
)yaml";

class PackageTriggersTest : public testing::Test {
 protected:
  static graphql::metadata::Metadata metadata(std::string_view yaml) {
    const std::array files{EmbeddedFile{"fleet/tables/coaches.yaml", yaml}};
    return graphql::metadata::load(files).value();
  }

  Result<void> install(std::string_view yaml) {
    Context context{.clock = clock_, .identifiers = identifiers_};
    return install_package_triggers(context, owner_, metadata(yaml), kContexts);
  }

  /// What a mutation of the GraphQL API may do.
  void write(const std::string& sql) {
    Context context{.clock = clock_, .identifiers = identifiers_};
    const auto done = graphql_.transact(context, {}, [&](postgres::Transaction& transaction) {
      return transaction.script(R"(SELECT set_config('hasura.user', '{"x-hasura-role":"manager"}', true); )" + sql);
    });
    ASSERT_TRUE(done) << done.error().message();
  }

  std::string count(const std::string& from) const { return database_.value("SELECT count(*) FROM " + from); }
  std::string triggers() const { return count("pg_trigger WHERE tgname LIKE 'notify_hasura%'"); }

  outbox::Event last_event() const {
    const auto rows =
        database_.run("SELECT id, event_name, tenant_id, payload FROM fleet.outbox ORDER BY sequence DESC LIMIT 1");
    return {.id = Uuid::parse(rows.text(0, "id")).value(),
            .name = std::string(rows.text(0, "event_name")),
            .tenant_id = Uuid::parse(rows.text(0, "tenant_id")).value(),
            .payload = json::parse(rows.text(0, "payload")).value().as_object(),
            .traceparent = {}};
  }

  std::string problem(std::string_view yaml) {
    const auto done = install(yaml);
    return done ? "none" : done.error().detail;
  }

  testkit::TestDatabase database_{kSets};
  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  postgres::Pool owner_{{.connection = database_.owner()}};
  postgres::Pool graphql_{{.connection = database_.graphql()}};
};

TEST_F(PackageTriggersTest, WhoeverMayWriteTheTableTellsThePackage) {
  ASSERT_TRUE(install(kCoaches));
  const auto known = package_triggers(metadata(kCoaches), kContexts).value().front();
  write("INSERT INTO fleet.coaches VALUES (7, '" + std::string(kTenant) + "', 49, '{}')");
  auto event = last_event();
  EXPECT_EQ(event.name, "coach_changed");
  EXPECT_EQ(event.tenant_id.to_string(), kTenant);
  EXPECT_EQ(event.payload.at("event_id").as_string(), event.id.to_string());
  EXPECT_TRUE(outbox::check_payload(known.type(), event.payload));
  auto change = outbox::read_row_change(event).value();
  EXPECT_EQ(change.operation, "INSERT");
  EXPECT_FALSE(change.before);
  EXPECT_EQ(change.after, (json::Object{{"id", 7}, {"seats", 49}}));
  EXPECT_EQ(change.session_variables, (json::Object{{"x-hasura-role", "manager"}}));

  write("UPDATE fleet.coaches SET seats = 50");
  change = outbox::read_row_change(last_event()).value();
  EXPECT_EQ(change.before->at("seats"), 49);
  EXPECT_EQ(change.after->at("seats"), 50);
  EXPECT_EQ(last_event().payload.at("ordering_key"), "7");
  write("UPDATE fleet.coaches SET note = '[]'");
  EXPECT_EQ(count("fleet.outbox"), "2");

  write("DELETE FROM fleet.coaches");
  change = outbox::read_row_change(last_event()).value();
  EXPECT_EQ(change.operation, "DELETE");
  EXPECT_FALSE(change.after);
}

TEST_F(PackageTriggersTest, WhatIsRolledBackWasNotTold) {
  ASSERT_TRUE(install(kCoaches));
  Context context{.clock = clock_, .identifiers = identifiers_};
  const auto refused = graphql_.transact(context, {}, [](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(transaction.script("INSERT INTO fleet.coaches VALUES (7, gen_random_uuid(), 49, '{}')"));
    return fail(ErrorName::kStateConflict);
  });
  EXPECT_FALSE(refused);
  EXPECT_EQ(count("fleet.outbox"), "0");
}

TEST_F(PackageTriggersTest, TriggersAreMadeAsTheMetadataSaysAndTakenAway) {
  ASSERT_TRUE(install(kCoaches));
  EXPECT_EQ(triggers(), "3");
  const auto made = database_.value("SELECT max(oid::bigint) FROM pg_trigger");
  ASSERT_TRUE(install(kCoaches));
  EXPECT_EQ(database_.value("SELECT max(oid::bigint) FROM pg_trigger"), made);
  ASSERT_TRUE(install("table: {schema: fleet, name: coaches}\n"));
  EXPECT_EQ(triggers(), "0");
  write("INSERT INTO fleet.coaches VALUES (7, gen_random_uuid(), 49, '{}')");
  EXPECT_EQ(count("fleet.outbox"), "0");
}

TEST_F(PackageTriggersTest, ThePromisesOfTheMetadataAreKept) {
  const auto trigger = package_triggers(metadata(kCoaches), kContexts).value().front();
  EXPECT_EQ(trigger.context, "fleet");
  EXPECT_EQ(trigger.handler, "fleet.look");
  EXPECT_EQ(trigger.description, "INSERT, UPDATE of seats, DELETE in fleet.coaches.");
  EXPECT_EQ(trigger.type().ordering_field, "ordering_key");
  EXPECT_EQ(trigger.retry, graphql::metadata::RetryPolicy());
}

TEST_F(PackageTriggersTest, WhatCannotWorkIsRefusedWithItsPlace) {
  const auto with = [](const std::string& table, const std::string& rest) {
    return "table: {schema: fleet, name: " + table + "}\nevent_triggers:\n  - {name: told, definition: " + rest + "}\n";
  };
  EXPECT_EQ(
      problem(with("coaches", "{insert: {columns: '*'}}, webhook: 'https://example.org'")),
      "fleet/tables/coaches.yaml:3: event trigger 'told': the webhook must be \"internal:\" and the name of an event "
      "handler of the package");
  EXPECT_EQ(problem(with("coaches", "{update: {columns: [wheels]}}, webhook: 'internal:fleet.look'")),
            "fleet/tables/coaches.yaml:3: event trigger 'told': fleet.coaches has no column 'wheels'");
  EXPECT_EQ(problem(with("brands", "{insert: {columns: '*'}}, webhook: 'internal:fleet.look'")),
            "fleet/tables/coaches.yaml:3: event trigger 'told': fleet.brands has no column 'tenant_id'");
  EXPECT_NE(problem(with("coaches",
                         "{insert: {columns: '*'}}, webhook: 'internal:fleet.look', headers: [{name: a, value: b}]"))
                .find("have no meaning"),
            std::string::npos);
  Context context{.clock = clock_, .identifiers = identifiers_};
  const auto elsewhere = install_package_triggers(context, owner_, metadata(kCoaches), {});
  ASSERT_FALSE(elsewhere);
  EXPECT_NE(elsewhere.error().detail.find("'fleet' is the schema of no package with an outbox"), std::string::npos);
  EXPECT_EQ(triggers(), "0");
}

}  // namespace
}  // namespace busflow::graphql_events
