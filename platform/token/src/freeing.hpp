#pragma once

namespace busflow::token {

/// Deleter of what OpenSSL allocates: `std::unique_ptr<BIGNUM, Freeing<BIGNUM, BN_free>>`.
template <class T, void (*Free)(T*)>
struct Freeing {
  void operator()(T* memory) const { Free(memory); }
};

}  // namespace busflow::token
