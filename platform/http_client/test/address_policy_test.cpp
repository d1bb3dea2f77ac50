#include <platform/http_client/address_policy.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>

#include <gtest/gtest.h>

namespace busflow::http_client {
namespace {

bool is_public(const std::string& text) {
  sockaddr_in ip4{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
  if (inet_pton(AF_INET, text.c_str(), &ip4.sin_addr) == 1) return is_public_address(reinterpret_cast<sockaddr&>(ip4));
  sockaddr_in6 ip6{};
  ip6.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &ip6.sin6_addr), 1) << text;
  return is_public_address(reinterpret_cast<sockaddr&>(ip6));
}

TEST(AddressPolicy, KnowsPublicAddresses) {
  for (const auto* const text : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.0.1",
                                 "172.32.0.1", "192.167.1.1", "223.255.255.255", "2a01:4f8::1", "2606:4700::1111",
                                 "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"}) {
    EXPECT_TRUE(is_public(text)) << text;
  }
}

TEST(AddressPolicy, RefusesSpecialRangesInEveryDress) {
  for (const auto* const text : {"0.0.0.0",
                                 "10.1.2.3",
                                 "100.64.0.1",
                                 "127.0.0.1",
                                 "127.255.255.255",
                                 "169.254.169.254",
                                 "172.16.0.1",
                                 "172.31.255.255",
                                 "192.168.0.1",
                                 "198.18.0.1",
                                 "224.0.0.1",
                                 "255.255.255.255",
                                 "::",
                                 "::1",
                                 "fe80::1",
                                 "fc00::1",
                                 "fd00:ec2::254",
                                 "ff02::1",
                                 "2001:db8::1",
                                 "::ffff:127.0.0.1",
                                 "::ffff:10.0.0.1",
                                 "64:ff9b::7f00:1",
                                 "2002:7f00:1::1",
                                 "2001:0:1::1"}) {
    EXPECT_FALSE(is_public(text)) << text;
  }
  const sockaddr local{.sa_family = AF_UNIX, .sa_data = {}};
  EXPECT_FALSE(is_public_address(local));
}

}  // namespace
}  // namespace busflow::http_client
