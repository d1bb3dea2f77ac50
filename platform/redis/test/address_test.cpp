#include <gtest/gtest.h>

#include <platform/redis/address.hpp>

namespace busflow::redis {
namespace {

TEST(AddressTest, HostPortUserPasswordAndDatabaseAreRead) {
  const auto whole = parse_address("redis://deliverer:p%40ss%2Fw%C3%B6rd@redis.internal:6380/3");
  ASSERT_TRUE(whole) << whole.error().detail;
  EXPECT_EQ(whole->user, "deliverer");
  EXPECT_EQ(whole->password, "p@ss/w\xc3\xb6rd");
  EXPECT_EQ(whole->host, "redis.internal");
  EXPECT_EQ(whole->port, 6380);
  EXPECT_EQ(whole->database, 3);
  EXPECT_EQ(whole->describe(), "redis.internal:6380");
}

TEST(AddressTest, WhatIsNotSaidIsRedisOwnDefault) {
  for (const auto* text : {"redis://localhost", "redis://localhost/", "redis://localhost/0"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text << ": " << address.error().detail;
    EXPECT_EQ(address->port, 6379);
    EXPECT_EQ(address->database, 0);
    EXPECT_TRUE(address->user.empty() && address->password.empty() && address->socket.empty());
  }
  EXPECT_EQ(parse_address("redis://:secret@localhost")->password, "secret");
  EXPECT_EQ(parse_address("redis://[::1]:6379/1")->host, "::1");
}

TEST(AddressTest, SocketsArePaths) {
  const auto address = parse_address("unix:///run/redis/redis%20server.sock");
  ASSERT_TRUE(address) << address.error().detail;
  EXPECT_EQ(address->socket, "/run/redis/redis server.sock");
  EXPECT_EQ(parse_address("unix://:secret@/run/redis.sock")->password, "secret");
}

TEST(AddressTest, WhatIsWrongIsSaidWithoutThePassword) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "no URL"},
      {"localhost:6379", "neither with redis: nor unix:"},
      {"http://:hunter2@localhost", "neither with redis: nor unix:"},
      {"rediss://:hunter2@localhost:6379", "TLS (rediss://) is not supported"},
      {"redis://:hunter2@", "host is missing"},
      {"redis:hunter2", "host is missing"},
      {"redis://:hunter2@localhost:port", "port is not a number from 1 to 65535"},
      {"redis://:hunter2@localhost:70000", "port is not a number from 1 to 65535"},
      {"redis://:hunter2@localhost:0", "port is not a number from 1 to 65535"},
      {"redis://:hunter2@localhost/first", "is not a number"},
      {"redis://:hunter2@localhost/-1", "is not a number"},
      {"redis://:hunter2@localhost?db=hunter2", "'?' or '#'"},
      {"redis://:hunter2#@localhost", "'?' or '#'"},
      {"redis://:hunter2 @localhost", "no URL"},
      {"redis://hunter2@localhost", "user without a password"},
      {"unix://:hunter2@host/socket", "no host"},
      {"unix://", "path of the socket is missing"},
  };
  for (const auto& [text, reason] : cases) {
    const auto refused = parse_address(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().name, ErrorName::kInvalidSetting) << text;
    EXPECT_NE(refused.error().detail.find(reason), std::string::npos) << text << ": " << refused.error().detail;
    EXPECT_EQ(refused.error().detail.find("hunter2"), std::string::npos) << refused.error().detail;
  }
}

}  // namespace
}  // namespace busflow::redis
