#include <fmt/format.h>

#include "endpoint_fixture.hpp"

namespace busflow::graphql_server {
namespace {

constexpr auto kNotes = "subscription { shop_notes(order_by: {id: asc}) { text } }";
constexpr std::chrono::milliseconds kSeveralPolls{200};

class LiveQueryTest : public EndpointTest {
 protected:
  void add_note(int id, const std::string& key, const std::string& text) {
    database_.run(fmt::format("insert into shop.notes values ({}, '{}', '{}')", id, tenant(key).to_string(), text));
  }
};

TEST_F(LiveQueryTest, SendsTheResultThenEveryChangeAndNothingElse) {
  serve(quick());
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("1", kNotes);
  EXPECT_EQ(client.receive_data("1"), R"({"shop_notes":[{"text":"first of a"}]})");
  EXPECT_TRUE(client.is_silent(kSeveralPolls)) << "what did not change is not sent";
  add_note(3, "a", "second");
  EXPECT_EQ(client.receive_data("1"), R"({"shop_notes":[{"text":"first of a"},{"text":"second"}]})");
  add_note(4, "b", "of somebody else");
  EXPECT_TRUE(client.is_silent(kSeveralPolls));
}

TEST_F(LiveQueryTest, SubscribersOfEachTenantSeeTheirOwnOnly) {
  serve(quick());
  auto first = connect();
  auto second = connect();
  auto other = connect();
  first.initialise(token("a"));
  second.initialise(token("a"));
  other.initialise(token("b"));
  for (auto* client : {&first, &second, &other}) client->subscribe("n", kNotes);
  EXPECT_EQ(first.receive_data("n"), R"({"shop_notes":[{"text":"first of a"}]})");
  EXPECT_EQ(second.receive_data("n"), R"({"shop_notes":[{"text":"first of a"}]})");
  EXPECT_EQ(other.receive_data("n"), R"({"shop_notes":[{"text":"first of b"}]})");
  add_note(3, "b", "second");
  EXPECT_EQ(other.receive_data("n"), R"({"shop_notes":[{"text":"first of b"},{"text":"second"}]})");
  EXPECT_TRUE(first.is_silent(kSeveralPolls));
}

TEST_F(LiveQueryTest, SubscribersWithOtherVariablesShareAStatementAndGetTheirOwnRows) {
  serve(quick());
  auto client = connect();
  client.initialise(token("a"));
  add_note(3, "a", "with \"quotes\" and \\ {braces}");
  constexpr auto kOne = "subscription ($text: String!) { shop_notes(where: {text: {_eq: $text}}) { id } }";
  client.subscribe("x", kOne, {{"text", "first of a"}});
  EXPECT_EQ(client.receive_data("x"), R"({"shop_notes":[{"id":1}]})");
  client.subscribe("y", kOne, {{"text", "with \"quotes\" and \\ {braces}"}});
  EXPECT_EQ(client.receive_data("y"), R"({"shop_notes":[{"id":3}]})");
}

TEST_F(LiveQueryTest, CompleteEndsASubscription) {
  serve(quick());
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("1", kNotes);
  client.receive_data("1");
  client.send(R"({"type":"complete","id":"1"})");
  client.send(R"({"type":"ping"})");
  EXPECT_EQ(client.receive(), R"({"type":"pong"})");
  add_note(3, "a", "second");
  EXPECT_TRUE(client.is_silent(kSeveralPolls));
  client.subscribe("1", kNotes);  // The id is free again.
  EXPECT_NE(client.receive_data("1").find("second"), std::string::npos);
}

TEST_F(LiveQueryTest, AnOutageIsWaitedOut) {
  serve(quick());
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("1", kNotes);
  client.receive_data("1");
  database_.run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'busflow_graphql'");
  add_note(3, "a", "during the outage");
  EXPECT_NE(client.receive_data("1").find("during the outage"), std::string::npos);
}

TEST_F(LiveQueryTest, ManySubscribersGetEveryLastState) {
  auto options = quick();
  options.live_query_batch = 7;
  serve(options);
  auto client = connect();
  client.initialise(token("a"));
  constexpr int kSubscribers = 40;
  for (int i = 0; i < kSubscribers; ++i) client.subscribe(std::to_string(i), kNotes);
  for (int i = 0; i < kSubscribers; ++i) EXPECT_NE(client.receive().find("first of a"), std::string::npos);
  add_note(3, "a", "second");
  for (int i = 0; i < kSubscribers; ++i) EXPECT_NE(client.receive().find("second"), std::string::npos);
}

TEST_F(LiveQueryTest, AConnectionMayNotRunAnyNumberOfOperations) {
  auto options = quick();
  options.max_subscriptions = 2;
  serve(options);
  auto client = connect();
  client.initialise(token("a"));
  for (const auto* id : {"1", "2"}) {
    client.subscribe(id, kNotes);
    client.receive_data(id);
  }
  client.subscribe("3", kNotes);
  EXPECT_NE(client.receive().find("2 operations at once"), std::string::npos);
}

}  // namespace
}  // namespace busflow::graphql_server
