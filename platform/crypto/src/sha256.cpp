#include <array>
#include <stdexcept>

#include <openssl/evp.h>

#include <platform/crypto/digest.hpp>

namespace busflow::crypto {

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (state_->context == nullptr || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
}

Sha256::~Sha256() = default;

void Sha256::update(std::string_view data) {
  if (EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) != 1)
    throw std::runtime_error("OpenSSL's SHA-256 failed");
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), digest.data(), &length) != 1)
    throw std::runtime_error("OpenSSL's SHA-256 failed");
  return hexadecimal({reinterpret_cast<const char*>(digest.data()), length});
}

}  // namespace busflow::crypto
