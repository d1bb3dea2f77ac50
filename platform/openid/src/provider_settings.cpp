#include <platform/openid/provider_settings.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>

namespace busflow::openid {
namespace {

constexpr std::string_view kSetting = "auth.providers";

std::unexpected<Error> wrong(const Error& error) {
  return fail(ErrorName::kInvalidSetting, fmt::format("{}: {} at {}", kSetting, error.message(), error.path));
}

/// As their documentation has it: developers.google.com/identity/openid-connect, developer.apple.com/documentation/
/// signinwithapple, docs.github.com/apps/oauth-apps, learn.microsoft.com/entra/identity-platform/v2-protocols-oidc.
Result<ProviderSettings> preset(const std::string& name, const json::Reader& fields) {
  if (name.empty()) return ProviderSettings();
  if (name == "google")
    return ProviderSettings{.id = name, .name = "Google", .issuer = "https://accounts.google.com", .client_id = {}};
  if (name == "microsoft") {
    BUSFLOW_TRY(const auto tenant, fields.optional_text("tenant"));
    return ProviderSettings{
        .id = name,
        .name = "Microsoft",
        .issuer = fmt::format("https://login.microsoftonline.com/{}/v2.0", tenant.value_or("common")),
        .client_id = {}};
  }
  if (name == "apple") {
    return ProviderSettings{.id = name,
                            .name = "Apple",
                            .issuer = "https://appleid.apple.com",
                            .client_id = {},
                            .scope = "openid email name",
                            .posts_answer = true};
  }
  if (name == "github") {
    return ProviderSettings{.id = name,
                            .name = "GitHub",
                            .protocol = ProviderSettings::Protocol::kGitHub,
                            .issuer = {},
                            .client_id = {},
                            .scope = "read:user user:email",
                            .authorization_url = "https://github.com/login/oauth/authorize",
                            .token_url = "https://github.com/login/oauth/access_token",
                            .api_url = "https://api.github.com"};
  }
  return fail(ErrorName::kValidationFailed, "expected google, apple, github or microsoft", fields.path() + ".preset");
}

Result<void> read_credentials(const json::Reader& fields, ProviderSettings& provider) {
  BUSFLOW_TRY(provider.client_id, fields.text("client_id"));
  if (!provider.posts_answer) {
    BUSFLOW_TRY(provider.client_secret, fields.text("client_secret"));
    return {};
  }
  BUSFLOW_TRY(provider.team_id, fields.text("team_id"));
  BUSFLOW_TRY(provider.key_id, fields.text("key_id"));
  BUSFLOW_TRY(const auto pem, fields.text("private_key"));
  const auto key = token::SigningKeys::read(pem);
  if (!key || key->verification_keys().front().algorithm != "ES256")
    return fail(ErrorName::kValidationFailed, "expected a private key of P-256 in PEM", fields.path() + ".private_key");
  provider.signing_key = std::make_shared<const token::SigningKeys>(*key);
  return {};
}

Result<void> read_apps(const json::Reader& fields, ProviderSettings& provider) {
  const auto* value = fields.fields().if_contains("app_client_ids");
  if (value == nullptr) return {};
  const auto wrong_list = [&] {
    return fail(ErrorName::kValidationFailed, "expected an array of texts", fields.path() + ".app_client_ids");
  };
  if (!value->is_array()) return wrong_list();
  for (const auto& item : value->get_array()) {
    if (!item.is_string() || item.get_string().empty()) return wrong_list();
    provider.app_client_ids.emplace_back(item.get_string());
  }
  return {};
}

Result<void> override_with(const std::optional<std::string>& text, std::string& member) {
  if (text) member = *text;
  return {};
}

Result<ProviderSettings> read_provider(const json::Reader& fields) {
  BUSFLOW_CHECK(
      fields.only({"preset", "id", "name", "issuer", "scope", "tenant", "client_id", "app_client_ids", "client_secret",
                   "team_id", "key_id", "private_key", "authorization_url", "token_url", "api_url"}));
  BUSFLOW_TRY(const auto preset_name, fields.optional_text("preset"));
  BUSFLOW_TRY(auto provider, preset(preset_name.value_or(""), fields));
  BUSFLOW_CHECK(read_credentials(fields, provider));
  const std::pair<std::string_view, std::string*> members[] = {{"id", &provider.id},
                                                               {"name", &provider.name},
                                                               {"issuer", &provider.issuer},
                                                               {"scope", &provider.scope},
                                                               {"authorization_url", &provider.authorization_url},
                                                               {"token_url", &provider.token_url},
                                                               {"api_url", &provider.api_url}};
  for (const auto& [name, member] : members) {
    BUSFLOW_TRY(const auto text, fields.optional_text(name));
    BUSFLOW_CHECK(override_with(text, *member));
  }
  BUSFLOW_CHECK(read_apps(fields, provider));
  const bool is_word = !provider.id.empty() && std::ranges::all_of(provider.id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!is_word)
    return fail(ErrorName::kValidationFailed, "expected lower-case letters, digits and hyphens", fields.path() + ".id");
  if (provider.name.empty()) provider.name = provider.id;
  while (provider.issuer.ends_with('/')) provider.issuer.pop_back();
  if (provider.protocol == ProviderSettings::Protocol::kOpenId && !provider.issuer.starts_with("https://"))
    return fail(ErrorName::kValidationFailed, "expected an address that begins with https://",
                fields.path() + ".issuer");
  return provider;
}

}  // namespace

Result<std::vector<ProviderSettings>> read_providers(std::string_view text) {
  std::vector<ProviderSettings> providers;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return providers;
  const auto document = json::parse(text);
  if (!document || !document->is_array())
    return fail(ErrorName::kInvalidSetting, fmt::format("{} is no JSON array", kSetting));
  for (const auto& value : document->get_array()) {
    const auto fields = json::Reader::from(value, fmt::format("$[{}]", providers.size()));
    if (!fields) return wrong(fields.error());
    auto provider = read_provider(*fields);
    if (!provider) return wrong(provider.error());
    const bool is_twice = std::ranges::find(providers, provider->id, &ProviderSettings::id) != providers.end();
    if (is_twice)
      return fail(ErrorName::kInvalidSetting, fmt::format("{}: two have the id {}", kSetting, provider->id));
    providers.push_back(*std::move(provider));
  }
  return providers;
}

}  // namespace busflow::openid
