#include "custom_claims.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include <platform/json/json.hpp>
#include <platform/postgres/array_literal.hpp>

namespace busflow::identity {
namespace {

constexpr std::string_view kPrefix = "x-hasura-";
constexpr std::string_view kMetadata = "metadata.";
constexpr std::array<std::string_view, 12> kReserved = {"role",
                                                        "user-id",
                                                        "tenant-id",
                                                        "session-id",
                                                        "default-role",
                                                        "allowed-roles",
                                                        "booking-id",
                                                        "plan",
                                                        "use-backend-only-permissions",
                                                        "auth-elevated",
                                                        "user-is-anonymous",
                                                        "admin-secret"};

struct Field {
  std::string_view name;
  std::string Account::* member;
};
constexpr std::array kFields = {Field{"email", &Account::email}, Field{"displayName", &Account::display_name},
                                Field{"locale", &Account::locale}, Field{"phoneNumber", &Account::phone_number},
                                Field{"tenantName", &Account::tenant_name}};

std::unexpected<Error> wrong(std::string_view name, std::string_view what) {
  return fail(ErrorName::kInvalidSetting, fmt::format("auth.custom_claims: \"{}\" {}", name, what));
}

std::string text_of(const json::Value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (!value.is_array()) return value.is_null() ? std::string() : json::serialize(value);
  postgres::ArrayLiteral items;
  for (const auto& item : value.get_array()) items.add(text_of(item));
  return std::move(items).finish();
}

/// The value at "a.b" of the user's metadata; empty when there is none.
std::string at_path(const json::Value& metadata, std::string_view path) {
  const json::Value* value = &metadata;
  while (value != nullptr && !path.empty()) {
    const auto name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    value = value->is_object() ? value->get_object().if_contains(name) : nullptr;
  }
  return value == nullptr ? std::string() : text_of(*value);
}

}  // namespace

Result<std::vector<CustomClaim>> read_custom_claims(std::string_view text) {
  std::vector<CustomClaim> claims;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return claims;
  const auto parsed = json::parse(text);
  if (!parsed || !parsed->is_object()) return fail(ErrorName::kInvalidSetting, "auth.custom_claims is no JSON object");
  for (const auto& [key, value] : parsed->get_object()) {
    const std::string name(key);
    const bool is_plain = !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (!is_plain) return wrong(name, "must be lower-case letters, digits and hyphens");
    if (std::ranges::find(kReserved, name) != kReserved.end()) return wrong(name, "says who somebody is");
    const auto source = value.is_string() ? std::string(value.get_string()) : std::string();
    const bool is_known = std::ranges::find(kFields, source, &Field::name) != kFields.end() ||
                          (source.starts_with(kMetadata) && source.size() > kMetadata.size());
    if (!is_known)
      return wrong(name, "names no field: email, displayName, locale, phoneNumber, tenantName, metadata.…");
    claims.push_back({.name = std::string(kPrefix) + name, .source = source});
  }
  return claims;
}

std::map<std::string, std::string> claims_of(const Account& account, const std::vector<CustomClaim>& claims) {
  std::map<std::string, std::string> said;
  if (claims.empty()) return said;
  const auto metadata = json::parse(account.metadata).value_or(json::Value());
  for (const auto& claim : claims) {
    const auto field = std::ranges::find(kFields, claim.source, &Field::name);
    auto value =
        field != kFields.end() ? account.*(field->member) : at_path(metadata, claim.source.substr(kMetadata.size()));
    if (!value.empty()) said.emplace(claim.name, std::move(value));
  }
  return said;
}

}  // namespace busflow::identity
