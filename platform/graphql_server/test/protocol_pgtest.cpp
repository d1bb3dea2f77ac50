#include "endpoint_fixture.hpp"

namespace busflow::graphql_server {
namespace {

TEST_F(EndpointTest, AQueryAndAMutationOverAWebSocketComplete) {
  serve();
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("q", "{ shop_notes { text } }");
  EXPECT_EQ(client.receive_data("q"), R"({"shop_notes":[{"text":"first of a"}]})");
  EXPECT_EQ(client.receive(), R"({"id":"q","type":"complete"})");
  client.subscribe("m", "mutation ($text: String!) { shout(text: $text) { text } }", {{"text", "hey"}});
  EXPECT_EQ(client.receive_data("m"), R"({"shout":{"text":"HEY"}})");
  EXPECT_EQ(client.receive(), R"({"id":"m","type":"complete"})");
}

TEST_F(EndpointTest, AWrongOperationGivesAnErrorAndTheSocketStays) {
  serve();
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("1", "subscription { shop_notes { colour } }");
  EXPECT_EQ(client.receive(),
            R"({"id":"1","type":"error","payload":[{"message":"field 'colour' not found in type: 'shop_notes'",)"
            R"("extensions":{"path":"$.selectionSet.shop_notes.selectionSet.colour","code":"validation-failed"}}]})");
  client.subscribe("1", "{ shop_notes { id } }");
  EXPECT_EQ(client.receive_data("1"), R"({"shop_notes":[{"id":1}]})");
}

TEST_F(EndpointTest, APingIsAnsweredWithItsPayload) {
  serve();
  auto client = connect();
  client.initialise(token("a"));
  client.send(R"({"type":"ping","payload":{"n":1}})");
  EXPECT_EQ(client.receive(), R"({"type":"pong","payload":{"n":1}})");
}

TEST_F(EndpointTest, ClosesWithTheProtocolsCodes) {
  serve();
  const auto close_after = [&](const std::string& message) {
    auto client = connect();
    client.send(message);
    return client.closed();
  };
  EXPECT_EQ(close_after("not json"), "4400 the message is not a JSON object");
  EXPECT_EQ(close_after(R"({"type":"begin"})"), "4400 unknown message type");
  EXPECT_EQ(close_after(R"({"type":"start","id":"1","payload":{"query":"{x}"}})"), "4401 Unauthorized");
  EXPECT_EQ(close_after(R"({"type":"subscribe","payload":{}})"), "4400 the message has no 'id'");
  EXPECT_EQ(close_after(R"({"type":"subscribe","id":"1","payload":{"query":"{x}"}})"), "4401 Unauthorized");
  EXPECT_EQ(close_after(R"({"type":"connection_init"})").substr(0, 4), "4403");
  EXPECT_EQ(
      close_after(R"({"type":"connection_init","payload":{"headers":{"Authorization":"Bearer x.y.z"}}})").substr(0, 4),
      "4403");

  auto twice = connect();
  twice.initialise(token("a"));
  twice.send(R"({"type":"connection_init"})");
  EXPECT_EQ(twice.closed(), "4429 Too many initialisation requests");

  auto same_id = connect();
  same_id.initialise(token("a"));
  same_id.subscribe("7", "subscription { shop_notes { id } }");
  same_id.receive_data("7");
  same_id.subscribe("7", "subscription { shop_notes { id } }");
  EXPECT_EQ(same_id.closed(), "4409 Subscriber for 7 already exists");
}

TEST_F(EndpointTest, AnotherSubprotocolIsNamedAsTheReason) {
  serve();
  SocketClient client(server_->port(), "mqtt");
  EXPECT_EQ(client.closed(), "4406 Subprotocol not acceptable: use graphql-transport-ws");
}

TEST_F(EndpointTest, AClientMustIntroduceItselfInTime) {
  EndpointOptions options;
  options.initialisation_timeout = std::chrono::milliseconds(80);
  serve(options);
  auto client = connect();
  EXPECT_EQ(client.closed(), "4408 Connection initialisation timeout");
}

TEST_F(EndpointTest, AnExpiredTokenEndsTheConnection) {
  serve();
  auto client = connect();
  client.initialise(token("a", std::chrono::seconds(2)));
  EXPECT_EQ(client.closed(), "4403 Could not verify JWT: JWTExpired");
}

TEST_F(EndpointTest, ATokenIsRenewedInPlace) {
  serve(quick());
  auto client = connect();
  client.initialise(token("a", std::chrono::seconds(3)));
  client.subscribe("1", "subscription { shop_notes { text } }");
  EXPECT_EQ(client.receive_data("1"), R"({"shop_notes":[{"text":"first of a"}]})");
  const auto ping = [](const std::string& bearer) {
    return json::Object{{"type", "ping"},
                        {"payload", json::Object{{"headers", json::Object{{"Authorization", "Bearer " + bearer}}}}}};
  };
  client.send(ping("no.token.atall"));
  EXPECT_NE(client.receive().find(R"({"type":"pong","payload":{"renewed":false,"message":)"), std::string::npos);
  client.send(ping(token("a")));
  EXPECT_EQ(client.receive(), R"({"type":"pong","payload":{"renewed":true}})");
  EXPECT_TRUE(client.is_silent(std::chrono::seconds(3))) << "the first token would have expired";
  add_note(3, "a", "later");
  EXPECT_NE(client.receive_data("1").find("later"), std::string::npos);
}

TEST_F(EndpointTest, AnOperatorMayDisconnectAUser) {
  serve();
  auto client = connect();
  client.initialise(token("a"));
  endpoint_->disconnect_user("somebody else");
  client.send(R"({"type":"ping"})");
  EXPECT_EQ(client.receive(), R"({"type":"pong"})");
  endpoint_->disconnect_user("user");
  EXPECT_EQ(client.closed(), "4403 disconnected by an operator");
}

TEST_F(EndpointTest, SubscriptionsGoOnByANewEngine) {
  serve();
  auto client = connect();
  client.initialise(token("a"));
  client.subscribe("stays", "subscription { shop_notes { text } }");
  client.receive_data("stays");
  client.subscribe("ends", "subscription { shop_shouted { text } }");
  client.receive_data("ends");
  engine_->replace(make_engine(true));
  EXPECT_NE(client.receive().find(R"({"id":"ends","type":"error")"), std::string::npos);
  EXPECT_TRUE(client.is_silent(std::chrono::milliseconds(200))) << "what has not changed is not sent again";
  add_note(3, "a", "later");
  EXPECT_NE(client.receive_data("stays").find("later"), std::string::npos);
}

TEST_F(EndpointTest, AMessageBeyondTheLimitEndsTheConnection) {
  EndpointOptions options;
  options.max_message_bytes = 1000;
  serve(options);
  auto client = connect();
  client.initialise(token("a"));
  client.send(R"({"type":"ping","payload":")" + std::string(2000, 'x') + R"("})");
  EXPECT_NE(client.closed(), "open");
}

TEST_F(EndpointTest, StoppingTellsEveryClient) {
  serve();
  auto client = connect();
  client.initialise(token("a"));
  endpoint_->close_sockets();
  EXPECT_EQ(client.closed(), "1001 the server is stopping");
  auto late = connect();
  EXPECT_EQ(late.closed(), "1001 the server is stopping");
}

TEST_F(EndpointTest, AClientThatVanishesLeavesNothingBehind) {
  serve(quick());
  {
    auto client = connect();
    client.initialise(token("a"));
    client.subscribe("1", "subscription { shop_notes { id } }");
    client.receive_data("1");
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto is_left = [&] {
    const auto text = metrics_.render();
    return text.find("\ngraphql_websockets 0") == std::string::npos ||
           text.find("\ngraphql_live_query_subscribers 0") == std::string::npos;
  };
  while (is_left() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_FALSE(is_left()) << metrics_.render();
}

}  // namespace
}  // namespace busflow::graphql_server
