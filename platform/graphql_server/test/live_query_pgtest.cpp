#include <fmt/format.h>

#include "endpoint_fixture.hpp"

namespace busflow::graphql_server {
namespace {

constexpr auto kNotes = "subscription { shop_notes(order_by: {id: asc}) { text } }";
constexpr std::chrono::milliseconds kSeveralPolls{200};

using change_feed::Mode;

/// What holds however it is found out that something changed.
class LiveQueryTest : public EndpointTest, public testing::WithParamInterface<Mode> {
 protected:
  void serve(EndpointOptions options) {
    // So long that with the feed nothing is ever polled.
    if (GetParam() == Mode::kReplication) options.live_query_interval = std::chrono::hours(1);
    EndpointTest::serve(options, GetParam());
  }
};

TEST_P(LiveQueryTest, SendsTheResultThenEveryChangeAndNothingElse) {
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

TEST_P(LiveQueryTest, SubscribersOfEachTenantSeeTheirOwnOnly) {
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

TEST_P(LiveQueryTest, SubscribersWithOtherVariablesShareAStatementAndGetTheirOwnRows) {
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

TEST_P(LiveQueryTest, CompleteEndsASubscription) {
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

TEST_P(LiveQueryTest, AnOutageIsWaitedOut) {
  EndpointTest::serve(quick(), GetParam());
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("1", kNotes);
  client.receive_data("1");
  database_.run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'busflow_graphql'");
  add_note(3, "a", "during the outage");
  EXPECT_NE(client.receive_data("1").find("during the outage"), std::string::npos);
}

TEST_P(LiveQueryTest, ManySubscribersGetEveryLastState) {
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

TEST_P(LiveQueryTest, AConnectionMayNotRunAnyNumberOfOperations) {
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

INSTANTIATE_TEST_SUITE_P(Modes, LiveQueryTest, testing::Values(Mode::kPolling, Mode::kReplication),
                         [](const auto& info) { return std::string(change_feed::to_string(info.param)); });

/// With the feed, and nothing else that would run a query.
class FeedDrivenTest : public EndpointTest {
 protected:
  static EndpointOptions unhurried() {
    auto options = quick();
    options.live_query_interval = std::chrono::hours(1);
    return options;
  }
  double runs() const { return metric("graphql_live_query_runs_total"); }
  /// Until the server has found out what its queries read, any change concerns them.
  void settle() const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (metric("graphql_live_query_unresolved_statements") > 0 && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
    }
    ASSERT_EQ(metric("graphql_live_query_unresolved_statements"), 0);
  }
};

TEST_F(FeedDrivenTest, NothingIsRunWhileTheTablesRest) {
  serve(unhurried());
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("1", kNotes);
  client.receive_data("1");
  settle();
  const auto before = runs();
  for (int i = 0; i < 20; ++i) database_.run("insert into shop.other values (1)");
  EXPECT_TRUE(client.is_silent(kSeveralPolls));
  EXPECT_EQ(runs(), before) << "a table that the query does not read has changed";
  add_note(3, "a", "second");
  EXPECT_NE(client.receive_data("1").find("second"), std::string::npos);
  EXPECT_EQ(runs(), before + 1);
}

TEST_F(FeedDrivenTest, AViewFollowsTheTablesBehindIt) {
  serve(unhurried());
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("1", "subscription { shop_shouted { text } }");
  EXPECT_EQ(client.receive_data("1"), R"({"shop_shouted":[{"text":"FIRST OF A"}]})");
  settle();
  database_.run("update shop.notes set text = 'changed' where id = 1");
  EXPECT_EQ(client.receive_data("1"), R"({"shop_shouted":[{"text":"CHANGED"}]})");
}

TEST_F(FeedDrivenTest, SubscribersOfEqualValuesShareOneRun) {
  serve(unhurried());
  auto client = connect();
  client.initialise(token("a"));
  constexpr int kSubscribers = 30;
  for (int i = 0; i < kSubscribers; ++i) client.subscribe(std::to_string(i), kNotes);
  for (int i = 0; i < kSubscribers; ++i) EXPECT_NE(client.receive().find("first of a"), std::string::npos);
  settle();
  const auto before = runs();
  add_note(3, "a", "second");
  for (int i = 0; i < kSubscribers; ++i) EXPECT_NE(client.receive().find("second"), std::string::npos);
  EXPECT_LE(runs(), before + 1);  // None, when one that was under way has seen it.
}

TEST_F(FeedDrivenTest, ABurstOfWritesCausesFewRuns) {
  auto options = unhurried();
  options.live_query_pause = std::chrono::milliseconds(100);
  serve(options);
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("1", "subscription { shop_notes_aggregate { aggregate { count } } }");
  client.receive_data("1");
  settle();
  const auto before = runs();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i) add_note(100 + i, "a", "one of many");
  while (client.receive_data("1").find("201") == std::string::npos && !HasFailure()) {
  }
  const auto pauses = (std::chrono::steady_clock::now() - begin) / options.live_query_pause;
  EXPECT_LE(runs() - before, static_cast<double>(pauses) + 3);
}

TEST_F(FeedDrivenTest, WhatHappensWhileTheFeedIsAwayIsNotLost) {
  serve(unhurried());
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("1", kNotes);
  client.receive_data("1");
  settle();
  database_.run(
      "begin; select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where active; "
      "update shop.notes set text = 'meanwhile' where id = 1; commit");
  EXPECT_EQ(client.receive_data("1"), R"({"shop_notes":[{"text":"meanwhile"}]})");
}

}  // namespace
}  // namespace busflow::graphql_server
