#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string_view>

#include <platform/base/result.hpp>

namespace busflow::identity {

/// Ways to sign in, besides the providers.
enum class Method : std::uint8_t { kPassword, kEmailLink, kEmailCode, kSmsCode, kSecurityKey, kAnonymous };

using Methods = std::set<Method>;

/// "password", "email-link", …
std::string_view to_text(Method method);
Methods all_methods();

/// Of names separated by commas. kInvalidSetting when one is none.
Result<Methods> read_methods(std::string_view text);

}  // namespace busflow::identity
