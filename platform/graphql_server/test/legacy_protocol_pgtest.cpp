#include "endpoint_fixture.hpp"

namespace busflow::graphql_server {
namespace {

/// The older subprotocol, also taken when a client names none.
class LegacyProtocolTest : public EndpointTest, public testing::WithParamInterface<const char*> {
 protected:
  SocketClient connect() const { return SocketClient(server_->port(), GetParam()); }
};

/// PostgreSQL puts spaces where it likes.
std::string unspaced(const std::string& message) { return json::serialize(json::parse(message).value()); }

TEST_P(LegacyProtocolTest, SpeaksItsOwnWords) {
  serve(quick());
  auto client = connect();
  client.initialise(token("a"));
  client.send(R"({"type":"start","id":"q","payload":{"query":"{ shop_notes { id } }"}})");
  EXPECT_EQ(unspaced(client.receive()), R"({"id":"q","type":"data","payload":{"data":{"shop_notes":[{"id":1}]}}})");
  EXPECT_EQ(client.receive(), R"({"id":"q","type":"complete"})");
  client.send(R"({"type":"start","id":"s","payload":{"query":"subscription { shop_notes { id } }"}})");
  EXPECT_EQ(unspaced(client.receive()), R"({"id":"s","type":"data","payload":{"data":{"shop_notes":[{"id":1}]}}})");
  add_note(3, "a", "second");
  EXPECT_EQ(unspaced(client.receive()),
            R"({"id":"s","type":"data","payload":{"data":{"shop_notes":[{"id":1},{"id":3}]}}})");
  client.send(R"({"type":"stop","id":"s"})");
  EXPECT_EQ(client.receive(), R"({"id":"s","type":"complete"})");
  client.send(R"({"type":"connection_terminate"})");
  EXPECT_EQ(client.closed(), "1000 ");
}

TEST_P(LegacyProtocolTest, ErrorsLeaveTheConnectionOpen) {
  serve();
  auto client = connect();
  client.initialise(token("a"));
  client.send("not json");
  EXPECT_EQ(client.receive(), R"({"type":"connection_error","payload":"the message is not a JSON object"})");
  client.send(R"({"type":"start","id":"1","payload":{"query":"{ shop_notes { colour } }"}})");
  EXPECT_EQ(
      client.receive(),
      R"({"id":"1","type":"error","payload":{"errors":[{"message":"field 'colour' not found in type: 'shop_notes'",)"
      R"("extensions":{"path":"$.selectionSet.shop_notes.selectionSet.colour","code":"validation-failed"}}]}})");
  EXPECT_EQ(client.receive(), R"({"id":"1","type":"complete"})");
  const auto* twice = R"({"type":"start","id":"2","payload":{"query":"subscription { shop_notes { id } }"}})";
  client.send(twice);
  client.receive();
  client.send(twice);
  EXPECT_EQ(client.receive(),
            R"({"id":"2","type":"error","payload":{"errors":[{"message":"an operation already exists with this id: 2",)"
            R"("extensions":{"path":"$","code":"start-failed"}}]}})");
}

TEST_P(LegacyProtocolTest, ARefusedIntroductionEndsIt) {
  serve();
  auto client = connect();
  client.send(R"({"type":"connection_init","payload":{}})");
  EXPECT_NE(client.receive().find(R"({"type":"connection_error","payload":")"), std::string::npos);
  EXPECT_EQ(client.closed().substr(0, 4), "4400");
  auto hasty = connect();
  hasty.send(R"({"type":"start","id":"1","payload":{"query":"{x}"}})");
  EXPECT_EQ(hasty.closed(), "4401 Unauthorized");
}

TEST_P(LegacyProtocolTest, ASilentClientIsKeptWhileItsWebSocketAnswers) {
  auto options = quick();
  options.ping_interval = std::chrono::milliseconds(50);
  serve(options);
  auto client = connect();
  client.initialise(token("a"));
  EXPECT_TRUE(client.is_silent(std::chrono::milliseconds(800)));
  client.send(R"({"type":"ping"})");
  EXPECT_EQ(client.receive(), R"({"type":"pong"})");
}

TEST_P(LegacyProtocolTest, ASecondIntroductionRenewsTheToken) {
  serve();
  auto client = connect();
  client.initialise(token("a", std::chrono::seconds(2)));
  client.initialise(token("a"));
  EXPECT_TRUE(client.is_silent(std::chrono::milliseconds(2500)));
}

INSTANTIATE_TEST_SUITE_P(Offers, LegacyProtocolTest, testing::Values("graphql-ws", ""),
                         [](const auto& info) { return *info.param == 0 ? "none" : "legacy"; });

}  // namespace
}  // namespace busflow::graphql_server
