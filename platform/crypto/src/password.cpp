#include <platform/crypto/password.hpp>

#include <array>
#include <new>
#include <string>

#include <crypt.h>
#include <sodium.h>

#include <platform/crypto/digest.hpp>

namespace busflow::crypto {
namespace {

struct Limits {
  unsigned long long operations;
  std::size_t memory;
};

Limits limits_of(PasswordCost cost) {
  if (cost == PasswordCost::kMinimal) return {crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};
  return {crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE};
}

bool is_bcrypt(std::string_view hash) {
  return hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$");
}

/// By crypt(3). bcrypt reads a password up to its first zero byte and 72 bytes of it, as every implementation does.
bool verify_bcrypt(const std::string& password, const std::string& hash) {
  crypt_data state{};
  const char* computed = crypt_r(password.c_str(), hash.c_str(), &state);
  return computed != nullptr && computed[0] != '*' && equal_in_constant_time(computed, hash);
}

}  // namespace

std::string hash_password(std::string_view password, PasswordCost cost) {
  const auto [operations, memory] = limits_of(cost);
  std::array<char, crypto_pwhash_STRBYTES> text;
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), operations, memory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::bad_alloc();
  }
  return text.data();
}

bool verify_password(std::string_view password, std::string_view hash) {
  if (is_bcrypt(hash)) return verify_bcrypt(std::string(password), std::string(hash));
  return crypto_pwhash_str_verify(std::string(hash).c_str(), password.data(), password.size()) == 0;
}

bool needs_rehash(std::string_view hash, PasswordCost cost) {
  const auto [operations, memory] = limits_of(cost);
  return crypto_pwhash_str_needs_rehash(std::string(hash).c_str(), operations, memory) != 0;
}

}  // namespace busflow::crypto
