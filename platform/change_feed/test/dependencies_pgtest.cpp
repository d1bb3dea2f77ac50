#include <platform/change_feed/dependencies.hpp>

#include <gtest/gtest.h>

#include <platform/postgres/connection.hpp>
#include <platform/postgres_testkit/test_database.hpp>

namespace busflow::change_feed {
namespace {

class DependenciesTest : public testing::Test {
 protected:
  DependenciesTest() {
    database_.run(R"(
CREATE TABLE author (id integer PRIMARY KEY, name text);
CREATE TABLE article (id integer PRIMARY KEY, author_id integer, title text);
CREATE VIEW shown AS SELECT a.title, w.name FROM article a JOIN author w ON w.id = a.author_id;
CREATE VIEW recent AS SELECT title FROM article WHERE now() > '2020-01-01';
CREATE TABLE event (id integer, day date) PARTITION BY RANGE (day);
CREATE TABLE event_2030 PARTITION OF event FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
CREATE TABLE event_2031 PARTITION OF event FOR VALUES FROM ('2031-01-01') TO ('2032-01-01');
CREATE UNLOGGED TABLE scratch (id integer);
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM article;
CREATE FUNCTION inlined(wanted integer) RETURNS SETOF article STABLE LANGUAGE sql AS 'SELECT * FROM article WHERE id = wanted';
CREATE FUNCTION opaque() RETURNS bigint STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM article); END';
CREATE TABLE member (tenant text);
CREATE TABLE guarded (id integer, tenant text);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY member ON guarded USING (tenant IN (SELECT m.tenant FROM member m));
GRANT SELECT ON guarded, member TO busflow_graphql;
)");
    connection_ = postgres::Connection::open(database_.superuser()).value();
  }

  Dependencies of(const std::string& statement) {
    const auto plan = connection_->run(explain(statement));
    if (!plan) throw std::runtime_error(plan.error().detail);
    return read_explained(plan->text(0, 0)).value();
  }

  /// Empty when every change shows up.
  std::string unseen(const Dependencies& dependencies) {
    const auto rows =
        connection_->execute({"test.unseen_sources", kUnseenSources}, unseen_sources_parameters(dependencies));
    if (!rows) throw std::runtime_error(rows.error().detail);
    return rows->empty() ? "" : std::string(rows->text(0, 0));
  }

  testkit::TestDatabase database_;
  std::unique_ptr<postgres::Connection> connection_;
};

using Tables = std::set<TableName>;

TEST_F(DependenciesTest, ATableBehindAViewAndInASubquery) {
  const auto found = of("SELECT title FROM shown WHERE EXISTS (SELECT FROM event_2030)");
  EXPECT_EQ(found.tables, (Tables{{"public", "article"}, {"public", "author"}, {"public", "event_2030"}}));
  EXPECT_FALSE(found.reads_clock);
  EXPECT_EQ(unseen(found), "");
}

TEST_F(DependenciesTest, PartitionsByTheirOwnNames) {
  EXPECT_EQ(of("SELECT * FROM event").tables, (Tables{{"public", "event_2030"}, {"public", "event_2031"}}));
}

TEST_F(DependenciesTest, APolicyOfRowLevelSecurity) {
  connection_->run("SET ROLE busflow_graphql").value();
  EXPECT_EQ(of("SELECT id FROM guarded").tables, (Tables{{"public", "guarded"}, {"public", "member"}}));
}

TEST_F(DependenciesTest, TheClock) {
  EXPECT_TRUE(of("SELECT title FROM recent").reads_clock);
  EXPECT_TRUE(of("SELECT id FROM article WHERE CURRENT_DATE > '2020-01-01'").reads_clock);
  EXPECT_FALSE(of("SELECT id FROM article WHERE title = 'now() CURRENT_DATE it''s random()'").reads_clock);
}

TEST_F(DependenciesTest, FunctionsThatAreInlinedAreSeenThroughOthersAreNot) {
  const auto inlined = of("SELECT title FROM inlined(3)");
  EXPECT_EQ(inlined.tables, (Tables{{"public", "article"}}));
  EXPECT_EQ(unseen(inlined), "");
  EXPECT_EQ(unseen(of("SELECT opaque()")), "the function opaque");
  EXPECT_EQ(unseen(of("SELECT * FROM opaque()")), "the function opaque");
  EXPECT_EQ(unseen(of("SELECT id FROM article WHERE opaque() > id")), "the function opaque");
}

TEST_F(DependenciesTest, RelationsWhoseChangesAreNotLogged) {
  EXPECT_EQ(unseen(of("SELECT * FROM scratch")), "the relation public.scratch");
  EXPECT_EQ(unseen(of("SELECT * FROM counted")), "the relation public.counted");
  EXPECT_EQ(unseen(of("SELECT relname FROM pg_class")), "the relation pg_catalog.pg_class");
}

}  // namespace
}  // namespace busflow::change_feed
