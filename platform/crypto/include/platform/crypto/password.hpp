#pragma once

#include <string>
#include <string_view>

namespace busflow::crypto {

/// How much work a hash costs. kInteractive is for sign-in (about 64 MiB and some 50 ms); kMinimal for tests only.
enum class PasswordCost { kInteractive, kMinimal };

/// argon2id (RFC 9106) in its own text form, salt and parameters included. Slow on purpose: call on a worker thread.
std::string hash_password(std::string_view password, PasswordCost cost = PasswordCost::kInteractive);

/// In time that does not depend on where the password differs. False for a hash that is malformed. Also checks bcrypt
/// ("$2a$", "$2b$", "$2y$"), which accounts that come from another system have.
bool verify_password(std::string_view password, std::string_view hash);

/// Whether a hash is not as hash_password(…, cost) makes it, so that the next sign-in should replace it.
bool needs_rehash(std::string_view hash, PasswordCost cost = PasswordCost::kInteractive);

}  // namespace busflow::crypto
