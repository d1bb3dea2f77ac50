#include "endpoint_fixture.hpp"

namespace busflow::graphql_server {
namespace {

TEST_F(EndpointTest, AnswersAQueryOfTheTokensTenant) {
  serve();
  const auto answer = post(server_->port(), R"({"query":"{ shop_notes { id text } }"})", header("a"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::serialize(json::parse(answer.body).value()),
            R"({"data":{"shop_notes":[{"id":1,"text":"first of a"}]}})");
}

TEST_F(EndpointTest, RunsActions) {
  serve();
  const auto answer = post(server_->port(), R"({"query":"mutation { shout(text: \"hello\") { text } }"})", header("a"));
  EXPECT_EQ(answer.body, R"({"data":{"shout":{"text":"HELLO"}}})");
}

TEST_F(EndpointTest, SaysWhatIsWrongWithTheToken) {
  serve();
  const auto ask = [&](const std::string& headers) {
    const auto answer = post(server_->port(), R"({"query":"{ shop_notes { id } }"})", headers);
    EXPECT_EQ(answer.status, 200);
    return answer.body;
  };
  EXPECT_NE(ask("").find(R"("code":"invalid-headers")"), std::string::npos);
  EXPECT_NE(ask("Authorization: Basic abc\r\n").find("Malformed Authorization header"), std::string::npos);
  EXPECT_NE(ask("Authorization: Bearer x.y.z\r\n").find(R"("code":"invalid-jwt")"), std::string::npos);
  const auto expired = ask("Authorization: Bearer " + token("a", std::chrono::seconds(-100)) + "\r\n");
  EXPECT_NE(expired.find("JWTExpired"), std::string::npos) << expired;
  auto forged = token("a");
  forged[forged.size() - 5] = forged[forged.size() - 5] == 'A' ? 'B' : 'A';
  EXPECT_NE(ask("Authorization: Bearer " + forged + "\r\n").find(R"("code":"invalid-jwt")"), std::string::npos);
  const auto other_role = ask(header("a") + "X-Hasura-Role: admin\r\n");
  EXPECT_NE(other_role.find(R"("code":"access-denied")"), std::string::npos) << other_role;
}

TEST_F(EndpointTest, SaysWhatIsWrongWithTheRequest) {
  serve();
  const auto ask = [&](const std::string& body) { return post(server_->port(), body, header("a")).body; };
  EXPECT_NE(ask("{").find(R"("code":"invalid-json")"), std::string::npos);
  EXPECT_NE(ask("{}").find("query"), std::string::npos);
  EXPECT_NE(ask(R"({"query":"{ shop_notes { colour } }"})").find("field 'colour' not found in type: 'shop_notes'"),
            std::string::npos);
  const auto wrong_type = ask(R"({"query":"query($n: Int!){ shop_notes(limit: $n) { id } }","variables":{"n":"x"}})");
  EXPECT_NE(wrong_type.find("errors"), std::string::npos) << wrong_type;
  const auto live = ask(R"({"query":"subscription { shop_notes { id } }"})");
  EXPECT_NE(live.find("use websockets instead"), std::string::npos) << live;
}

TEST_F(EndpointTest, AnOutageIsSaidAndPassesByItself) {
  serve();
  database_.run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'busflow_graphql'");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::string body;
  while (std::chrono::steady_clock::now() < until) {
    body = post(server_->port(), R"({"query":"{ shop_notes { id } }"})", header("a")).body;
    if (body.find("data") != std::string::npos) break;
    EXPECT_NE(body.find("errors"), std::string::npos) << body;
  }
  EXPECT_NE(body.find(R"("id":1)"), std::string::npos) << body;
}

}  // namespace
}  // namespace busflow::graphql_server
