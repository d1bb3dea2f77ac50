#pragma once

#include <cstddef>
#include <string>

namespace busflow::crypto {

/// `bytes` random bytes from the kernel, in lower-case hexadecimal.
std::string random_hex(std::size_t bytes);

}  // namespace busflow::crypto
