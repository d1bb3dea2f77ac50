#include <gtest/gtest.h>

#include <platform/redis/client.hpp>
#include <platform/redis_testkit/test_redis.hpp>

namespace busflow::redis {
namespace {

class ClientTest : public testing::Test {
 protected:
  testkit::TestRedis server_;
  Client client_{server_.options()};
};

TEST_F(ClientTest, CarriesAllKindsOfReplies) {
  EXPECT_EQ(client_.command({"SET", "k", std::string("a\0b", 3)})->text(), "OK");
  EXPECT_EQ(client_.command({"GET", "k"})->text(), std::string("a\0b", 3));
  EXPECT_TRUE(client_.command({"GET", "none"})->is_nil());
  EXPECT_EQ(client_.command({"INCR", "n"})->integer(), 1);
  ASSERT_TRUE(client_.command({"RPUSH", "l", "x", "y"}));
  EXPECT_EQ(client_.command({"LRANGE", "l", "0", "-1"})->array().at(1).text(), "y");
}

TEST_F(ClientTest, RefusalsCarryTheServersText) {
  ASSERT_TRUE(client_.command({"SET", "k", "text"}));
  const auto result = client_.command({"INCR", "k"});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().detail.find("not an integer"), std::string::npos) << result.error().detail;
}

TEST_F(ClientTest, EvaluatesScriptsAlsoAfterTheyWereForgotten) {
  const Script script("return ARGV[1] .. KEYS[1]");
  EXPECT_EQ(client_.evaluate(script, {"k"}, {"a"})->text(), "ak");
  ASSERT_TRUE(client_.command({"SCRIPT", "FLUSH"}));
  EXPECT_EQ(client_.evaluate(script, {"k"}, {"b"})->text(), "bk");
}

TEST_F(ClientTest, ComesBackAfterARestart) {
  ASSERT_TRUE(client_.command({"SET", "k", "v"}));
  server_.kill();
  const auto lost = client_.command({"GET", "k"});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().name, ErrorName::kRedisUnavailable);
  EXPECT_NE(lost.error().detail.find(server_.options().socket), std::string::npos);
  server_.start();
  EXPECT_EQ(client_.command({"GET", "k"})->text(), "v");
}

TEST_F(ClientTest, AUserAndADatabaseArePartOfTheAddress) {
  ASSERT_TRUE(client_.command({"ACL", "SETUSER", "worker", "on", ">secret", "~*", "&*", "+@all"}));
  auto address = server_.options();
  address.user = "worker";
  address.password = "secret";
  address.database = 3;
  Client worker(address);
  EXPECT_EQ(worker.command({"ACL", "WHOAMI"})->text(), "worker");
  ASSERT_TRUE(worker.command({"SET", "k", "of the third"}));
  EXPECT_TRUE(client_.command({"GET", "k"})->is_nil());
  address.database = 0;
  EXPECT_TRUE(Client(address).command({"GET", "k"})->is_nil());
}

TEST_F(ClientTest, WhoIsNotLetInGoesOnAsNobodyElse) {
  auto address = server_.options();
  address.database = 1000;
  Client elsewhere(address);
  for (int attempt = 0; attempt < 2; ++attempt) EXPECT_FALSE(elsewhere.command({"SET", "k", "v"}));
  address.database = 0;
  address.user = "nobody";
  address.password = "secret";
  Client stranger(address);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto refused = stranger.command({"SET", "k", "v"});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("WRONGPASS"), std::string::npos) << refused.error().detail;
    EXPECT_EQ(refused.error().detail.find("secret"), std::string::npos) << refused.error().detail;
  }
  EXPECT_TRUE(client_.command({"GET", "k"})->is_nil());
}

TEST_F(ClientTest, BlockingCommandsWaitTheirTime) {
  EXPECT_TRUE(client_.blocking_command({"BZPOPMIN", "empty", "0.05"}, std::chrono::milliseconds(50))->is_nil());
}

}  // namespace
}  // namespace busflow::redis
