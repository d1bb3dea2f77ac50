#include <limits>

#include <platform/jobs/message_pack.hpp>

#include "jobs_fixture.hpp"

namespace busflow::jobs {
namespace {

/// What Redis' own reader makes of it, as JSON.
TEST(MessagePack, RedisReadsWhatWasWritten) {
  testkit::TestRedis server;
  redis::Client client(server.options());
  const redis::Script reader("return cjson.encode(cmsgpack.unpack(ARGV[1]))");
  const std::string long_text(70000, 'x');
  json::Array many;
  for (int i = 0; i < 20; ++i) many.emplace_back(i);
  json::Object wide;
  for (int i = 0; i < 20; ++i) wide["k" + std::to_string(i)] = i;
  for (const json::Value& value :
       {json::Value(json::Array{1, -1, -33, 127, 128, 70000, -70000, 1792897200000}),
        json::Value(json::Array{true, false, 0.25, "", "text"}), json::Value(many), json::Value(wide),
        json::Value(json::Array{std::string(31, 'a'), std::string(32, 'b'), std::string(300, 'c'), long_text})}) {
    const auto reply = client.evaluate(reader, {}, {to_message_pack(value)});
    ASSERT_TRUE(reply) << reply.error().detail;
    EXPECT_EQ(json::parse(reply->text()), value);
  }
  const redis::Script nothing("return cmsgpack.unpack(ARGV[1])[1] == nil and 'nil' or 'something'");
  EXPECT_EQ(client.evaluate(nothing, {}, {to_message_pack(json::Array{nullptr, 1})})->text(), "nil");
}

}  // namespace
}  // namespace busflow::jobs
