#pragma once

#include <cstddef>
#include <string>

namespace busflow::crypto {

/// `bytes` random bytes from the kernel, in lower-case hexadecimal.
std::string random_hex(std::size_t bytes);

/// `digits` decimal digits, each as likely as any other, such as "042137".
std::string random_digits(std::size_t digits);

}  // namespace busflow::crypto
