#pragma once

#include <string>
#include <string_view>

namespace busflow::crypto {

/// How much work a hash costs. kInteractive is for sign-in (about 64 MiB and some 50 ms); kMinimal for tests only.
enum class PasswordCost { kInteractive, kMinimal };

/// argon2id (RFC 9106) in its own text form, salt and parameters included. Slow on purpose: call on a worker thread.
std::string hash_password(std::string_view password, PasswordCost cost = PasswordCost::kInteractive);

/// In time that does not depend on where the password differs. False for a hash that is malformed.
bool verify_password(std::string_view password, std::string_view hash);

}  // namespace busflow::crypto
