#include <platform/crypto/password.hpp>

#include <array>
#include <new>
#include <string>

#include <sodium.h>

namespace busflow::crypto {

std::string hash_password(std::string_view password, PasswordCost cost) {
  const bool minimal = cost == PasswordCost::kMinimal;
  const auto operations = minimal ? crypto_pwhash_OPSLIMIT_MIN : crypto_pwhash_OPSLIMIT_INTERACTIVE;
  const auto memory = minimal ? crypto_pwhash_MEMLIMIT_MIN : crypto_pwhash_MEMLIMIT_INTERACTIVE;
  std::array<char, crypto_pwhash_STRBYTES> text;
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), operations, memory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::bad_alloc();
  }
  return text.data();
}

bool verify_password(std::string_view password, std::string_view hash) {
  return crypto_pwhash_str_verify(std::string(hash).c_str(), password.data(), password.size()) == 0;
}

}  // namespace busflow::crypto
