#include <identity/methods.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <platform/base/text.hpp>

namespace busflow::identity {
namespace {

constexpr std::array kNames = {
    std::pair{Method::kPassword, std::string_view("password")},
    std::pair{Method::kEmailLink, std::string_view("email-link")},
    std::pair{Method::kEmailCode, std::string_view("email-code")},
    std::pair{Method::kSmsCode, std::string_view("sms-code")},
    std::pair{Method::kSecurityKey, std::string_view("security-key")},
    std::pair{Method::kAnonymous, std::string_view("anonymous")},
};

}  // namespace

std::string_view to_text(Method method) {
  return std::ranges::find(kNames, method, [](const auto& entry) { return entry.first; })->second;
}

Methods all_methods() {
  Methods methods;
  for (const auto& [method, name] : kNames) methods.insert(method);
  return methods;
}

Result<Methods> read_methods(std::string_view text) {
  Methods methods;
  for (const auto name : split_list(text)) {
    const auto found = std::ranges::find(kNames, name, [](const auto& entry) { return entry.second; });
    if (found == kNames.end()) {
      return fail(ErrorName::kInvalidSetting,
                  fmt::format("auth.methods names \"{}\", which is none of password, email-link, email-code, sms-code, "
                              "security-key, anonymous",
                              name));
    }
    methods.insert(found->first);
  }
  return methods;
}

}  // namespace busflow::identity
