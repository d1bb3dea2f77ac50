#include <platform/http_client/address_policy.hpp>

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace busflow::http_client {
namespace {

struct Range4 {
  std::uint32_t first;  ///< In host byte order.
  int prefix;
};

constexpr std::uint32_t ipv4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array kSpecial4 = {
    Range4{ipv4(0, 0, 0, 0), 8},      Range4{ipv4(10, 0, 0, 0), 8},     Range4{ipv4(100, 64, 0, 0), 10},
    Range4{ipv4(127, 0, 0, 0), 8},    Range4{ipv4(169, 254, 0, 0), 16}, Range4{ipv4(172, 16, 0, 0), 12},
    Range4{ipv4(192, 0, 0, 0), 24},   Range4{ipv4(192, 0, 2, 0), 24},   Range4{ipv4(192, 88, 99, 0), 24},
    Range4{ipv4(192, 168, 0, 0), 16}, Range4{ipv4(198, 18, 0, 0), 15},  Range4{ipv4(198, 51, 100, 0), 24},
    Range4{ipv4(203, 0, 113, 0), 24}, Range4{ipv4(224, 0, 0, 0), 4},    Range4{ipv4(240, 0, 0, 0), 4},
};

bool is_public(std::uint32_t address) {
  return std::ranges::none_of(kSpecial4,
                              [&](const Range4& range) { return (address ^ range.first) >> (32 - range.prefix) == 0; });
}

using Bytes6 = std::array<std::uint8_t, 16>;

std::uint32_t embedded4(const Bytes6& bytes, std::size_t offset) {
  return ipv4(bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]);
}

bool is_public(const Bytes6& bytes) {
  const auto starts_with = [&](std::initializer_list<std::uint8_t> prefix) {
    return std::equal(prefix.begin(), prefix.end(), bytes.begin());
  };
  if (starts_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return is_public(embedded4(bytes, 12));        // mapped
  if (starts_with({0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return is_public(embedded4(bytes, 12));  // NAT64
  if (starts_with({0x20, 0x02})) return is_public(embedded4(bytes, 2));                                       // 6to4
  if (starts_with({0x20, 0x01, 0x0d, 0xb8}) || starts_with({0x20, 0x01, 0x00, 0x00})) return false;
  return (bytes[0] & 0xe0) == 0x20;  // Global unicast is 2000::/3; everything else is special.
}

}  // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto* const ip4 = reinterpret_cast<const sockaddr_in*>(&address);
    return is_public(ntohl(ip4->sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    Bytes6 bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr, bytes.size());
    return is_public(bytes);
  }
  return false;
}

}  // namespace busflow::http_client
