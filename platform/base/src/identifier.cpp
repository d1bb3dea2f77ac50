#include <platform/base/identifier.hpp>

#include <sys/random.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

namespace busflow {
namespace {

constexpr std::string_view kHexadecimal = "0123456789abcdef";

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_hyphen_position(std::size_t index) { return index == 8 || index == 13 || index == 18 || index == 23; }

void set_version(std::array<std::uint8_t, 16>& bytes, std::uint8_t version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | (version << 4));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
}

/// FNV-1a: spreads names over ids. Not for secrets; collisions of our own names would show in tests.
std::uint64_t spread(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 14695981039346656037ULL ^ seed;
  for (const unsigned char c : text) hash = (hash ^ c) * 1099511628211ULL;
  return hash;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_hyphen_position(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = digit_value(text[i]);
    if (value < 0) return std::nullopt;
    bytes[nibble / 2] = static_cast<std::uint8_t>((bytes[nibble / 2] << 4) | value);
    ++nibble;
  }
  return Uuid(bytes);
}

std::string Uuid::to_string() const {
  std::string text;
  text.reserve(36);
  for (const auto byte : bytes_) {
    if (is_hyphen_position(text.size())) text.push_back('-');
    text.push_back(kHexadecimal[byte >> 4]);
    text.push_back(kHexadecimal[byte & 0x0F]);
  }
  return text;
}

Uuid RandomIdentifierSource::next() {
  std::array<std::uint8_t, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto milliseconds = static_cast<std::uint64_t>(now.count());
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
  set_version(bytes, 7);
  return Uuid(bytes);
}

Uuid name_based_identifier(std::string_view name) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t half = 0; half < 2; ++half) {
    const std::uint64_t hash = spread(name, half * 0x9E3779B97F4A7C15ULL);
    std::memcpy(bytes.data() + half * 8, &hash, sizeof hash);
  }
  set_version(bytes, 8);
  return Uuid(bytes);
}

}  // namespace busflow
