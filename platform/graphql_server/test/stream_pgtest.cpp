#include <fmt/format.h>

#include <platform/postgres/connection.hpp>

#include "endpoint_fixture.hpp"

namespace busflow::graphql_server {
namespace {

constexpr std::chrono::milliseconds kSeveralPolls{300};

using change_feed::Mode;

/// Streaming subscriptions: each row once, in the order of the cursor.
class StreamTest : public EndpointTest, public testing::WithParamInterface<Mode> {
 protected:
  void serve() {
    EndpointOptions options = quick();
    if (GetParam() == Mode::kReplication) options.live_query_interval = std::chrono::hours(1);
    EndpointTest::serve(options, GetParam());
  }
  void insert(int first, int last, const std::string& key, const std::string& text) const {
    database_.run(fmt::format("insert into shop.notes select n, '{}', '{}' from generate_series({}, {}) n",
                              tenant(key).to_string(), text, first, last));
  }
  static std::string ids(std::initializer_list<int> list) {
    std::string rows;
    for (const int id : list) rows += fmt::format("{}{{\"id\":{}}}", rows.empty() ? "" : ",", id);
    return fmt::format(R"({{"shop_notes_stream":[{}]}})", rows);
  }
};

constexpr auto kById =
    "subscription ($from: Int = 0) { shop_notes_stream(batch_size: 2, cursor: {initial_value: {id: $from}}) { id } }";

TEST_P(StreamTest, GivesBatchesInOrderAndThenWhatComes) {
  serve();
  insert(3, 5, "a", "x");
  insert(6, 6, "b", "of somebody else");
  insert(7, 7, "a", "y");
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("s", kById);
  EXPECT_EQ(client.receive_data("s"), ids({1, 3}));
  EXPECT_EQ(client.receive_data("s"), ids({4, 5}));
  EXPECT_EQ(client.receive_data("s"), ids({7}));
  EXPECT_TRUE(client.is_silent(kSeveralPolls));
  insert(8, 8, "a", "z");
  EXPECT_EQ(client.receive_data("s"), ids({8}));
  auto later = connect();
  later.initialise(token("a"));
  later.subscribe("l", kById, {{"from", 4}});
  EXPECT_EQ(later.receive_data("l"), ids({5, 7}));
}

TEST_P(StreamTest, LosesNoneOfMoreRowsOfOneValueThanABatchHolds) {
  serve();
  insert(3, 7, "a", "same");
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("s",
                   "subscription { shop_notes_stream(batch_size: 2, cursor: [{initial_value: {text: \"first\"}, "
                   "ordering: ASC}], where: {id: {_gt: 1}}) { id } }");
  EXPECT_EQ(client.receive_data("s"), ids({3, 4}));
  EXPECT_EQ(client.receive_data("s"), ids({5, 6}));
  EXPECT_EQ(client.receive_data("s"), ids({7}));
  auto view = connect();  // Without a key, rows of one value come together.
  view.initialise(token("a"));
  view.subscribe(
      "v", "subscription { shop_shouted_stream(batch_size: 1, cursor: {initial_value: {text: \"G\"}}) { text } }");
  EXPECT_EQ(
      view.receive_data("v"),
      R"({"shop_shouted_stream":[{"text":"SAME"},{"text":"SAME"},{"text":"SAME"},{"text":"SAME"},{"text":"SAME"}]})");
}

TEST_P(StreamTest, LosesNoRowThatIsCommittedAfterALaterOne) {
  serve();
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("s", kById);
  EXPECT_EQ(client.receive_data("s"), ids({1}));
  const auto slow = postgres::Connection::open(database_.superuser());
  ASSERT_TRUE(slow);
  const std::string row = fmt::format("insert into shop.notes values (10, '{}', 'slow')", tenant("a").to_string());
  ASSERT_TRUE((*slow)->run("begin"));
  ASSERT_TRUE((*slow)->run(row));
  insert(11, 11, "a", "quick");
  EXPECT_TRUE(client.is_silent(kSeveralPolls)) << "a smaller one may come yet";
  ASSERT_TRUE((*slow)->run("commit"));
  EXPECT_EQ(client.receive_data("s"), ids({10, 11}));
  // Nor does one that never comes keep the others back: nothing tells of a transaction that is given up.
  ASSERT_TRUE((*slow)->run("begin"));
  ASSERT_TRUE((*slow)->run(fmt::format("insert into shop.notes values (12, '{}', 'slow')", tenant("a").to_string())));
  insert(13, 13, "a", "quick");
  EXPECT_TRUE(client.is_silent(kSeveralPolls));
  ASSERT_TRUE((*slow)->run("rollback"));
  EXPECT_EQ(client.receive_data("s"), ids({13}));
}

TEST_P(StreamTest, GoesOnByANewEngineWhereItWas) {
  serve();
  insert(3, 3, "a", "x");
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("s", kById);
  EXPECT_EQ(client.receive_data("s"), ids({1, 3}));
  engine_->replace(make_engine(true));
  EXPECT_TRUE(client.is_silent(kSeveralPolls)) << "what was sent is not sent again";
  insert(4, 4, "a", "y");
  EXPECT_EQ(client.receive_data("s"), ids({4}));
}

TEST_P(StreamTest, DescendingGoesDown) {
  serve();
  insert(3, 6, "a", "x");
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("s",
                   "subscription { shop_notes_stream(batch_size: 3, cursor: {initial_value: {id: 6}, ordering: DESC}) "
                   "{ id } }");
  EXPECT_EQ(client.receive_data("s"), ids({5, 4, 3}));
  EXPECT_EQ(client.receive_data("s"), ids({1}));
  EXPECT_TRUE(client.is_silent(kSeveralPolls));
}

INSTANTIATE_TEST_SUITE_P(Modes, StreamTest, testing::Values(Mode::kReplication, Mode::kPolling),
                         [](const auto& info) { return info.param == Mode::kPolling ? "Polling" : "ChangeFeed"; });

class StreamRefusalTest : public EndpointTest {
 protected:
  std::string refusal(const std::string& query) {
    auto client = connect();
    client.initialise(token("a"));
    client.subscribe("s", query);
    return client.receive();
  }
};

TEST_F(StreamRefusalTest, SaysWhatIsWrong) {
  serve(quick());
  const auto field = [](const std::string& arguments) {
    return fmt::format("subscription {{ shop_notes_stream({}) {{ id }} }}", arguments);
  };
  EXPECT_NE(refusal(field("batch_size: 2, cursor: [{initial_value: {id: 1}}, {initial_value: {text: \"\"}}]"))
                .find("a stream has one cursor"),
            std::string::npos);
  EXPECT_NE(refusal(field("batch_size: 2, cursor: {initial_value: {id: 1, text: \"\"}}"))
                .find("a stream's cursor has one column"),
            std::string::npos);
  EXPECT_NE(refusal(field("batch_size: 2, cursor: {initial_value: {id: null}}")).find("unexpected null value for type"),
            std::string::npos);
  EXPECT_NE(refusal(field("batch_size: 2, cursor: {initial_value: {colour: 1}}")).find("field 'colour' not found"),
            std::string::npos);
  EXPECT_NE(refusal(field("batch_size: 2, cursor: {initial_value: {id: 1}, ordering: asc}"))
                .find("expected one of the values ['ASC', 'DESC'] for type 'cursor_ordering', but found 'asc'"),
            std::string::npos);
  EXPECT_NE(refusal("subscription @_multiple_top_level_fields { shop_notes { id } shop_notes_stream(batch_size: 1, "
                    "cursor: {initial_value: {id: 1}}) { id } }")
                .find("a streaming subscription has one field"),
            std::string::npos);
}

}  // namespace
}  // namespace busflow::graphql_server
