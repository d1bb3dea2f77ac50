#include <boost/asio/co_spawn.hpp>

#include "engine_fixture.hpp"

namespace busflow::graphql {
namespace {

TEST_F(EngineTest, ALiveStatementAnswersManyMembersAtOnce) {
  const Request request{"subscription ($id: Int!) { app_artist(where: {id: {_eq: $id}}) { name } }", {}, {{"id", 1}}};
  const auto plan = engine_->plan(request, session("reader", "a"));
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ((*plan)->kind(), OperationKind::kSubscription);
  const auto bound = engine_->bind(**plan, request, session("reader", "a"));
  ASSERT_TRUE(bound);
  ASSERT_EQ(bound->parameters.size(), 2U) << "the variable and the tenant";

  const auto first = name_based_identifier("1").to_string();
  const auto second = name_based_identifier("2").to_string();
  const auto member = [&](const std::string& id) {
    std::string text;
    for (const auto& parameter : bound->parameters) {
      const std::string value = parameter == "1" ? id : *parameter;
      text += (text.empty() ? "" : ",") + std::string(R"(\")") + value + R"(\")";
    }
    return "\"[" + text + "]\"";
  };
  const auto statement = std::make_shared<const postgres::PipelineStatement>(
      postgres::PipelineStatement{postgres::next_pipeline_statement_id(), (*plan)->live_statement()});
  std::map<std::string, std::string, std::less<>> results;
  boost::asio::co_spawn(loop_,
                        databases_.only->execute(
                            statement, {"{" + first + "," + second + "}", "{" + member("1") + "," + member("2") + "}"},
                            bound->tenant_id, std::chrono::steady_clock::now() + std::chrono::seconds(10)),
                        [&](const std::exception_ptr&, const Result<postgres::Rows>& rows) {
                          ASSERT_TRUE(rows) << rows.error().message();
                          for (std::size_t i = 0; i < rows->size(); ++i) {
                            results[std::string(rows->text(i, 0))] =
                                json::serialize(json::parse(rows->text(i, 1)).value());
                          }
                        });
  loop_.restart();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (results.empty() && std::chrono::steady_clock::now() < until) loop_.run_one_for(std::chrono::milliseconds(100));
  EXPECT_EQ(results[first], R"({"app_artist":[{"name":"Alpha"}]})");
  EXPECT_EQ(results[second], R"({"app_artist":[{"name":"Beta"}]})");
}

TEST_F(EngineTest, OverHttpASubscriptionIsRefused) {
  const auto answer = ask("subscription { app_artist { id } }");
  EXPECT_NE(answer.find("use websockets instead"), std::string::npos) << answer;
  EXPECT_NE(answer.find("unexpected-payload"), std::string::npos) << answer;
}

TEST_F(EngineTest, ASubscriptionHasOneRootField) {
  const auto answer =
      engine_->plan({"subscription { app_artist { id } app_album { id } }", {}, {}}, session("reader", "a"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().name, ErrorName::kValidationFailed);
}

}  // namespace
}  // namespace busflow::graphql
