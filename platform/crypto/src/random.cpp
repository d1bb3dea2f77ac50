#include <platform/crypto/random.hpp>

#include <vector>

#include <sodium.h>

namespace busflow::crypto {

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> data(bytes);
  randombytes_buf(data.data(), data.size());
  std::string text(bytes * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), data.data(), data.size());
  text.pop_back();
  return text;
}

std::string random_digits(std::size_t digits) {
  std::string text(digits, '0');
  for (char& digit : text) digit = static_cast<char>('0' + randombytes_uniform(10));
  return text;
}

}  // namespace busflow::crypto
