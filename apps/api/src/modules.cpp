#include "modules.hpp"

#include <automation/module.hpp>
#include <backoffice/module.hpp>
#include <commerce/module.hpp>
#include <communications/module.hpp>
#include <files/module.hpp>
#include <identity/module.hpp>
#include <operations/module.hpp>
#include <platform/base/text.hpp>
#include <platform/blob_store/folder_store.hpp>
#include <platform/blob_store/s3_store.hpp>
#include <platform/crypto/random.hpp>
#include <platform/openid/provider_settings.hpp>
#include <platform/rate_limit/local_limiter.hpp>
#include <platform/rate_limit/redis_limiter.hpp>

#include "options.hpp"

namespace busflow::api {

namespace {

Result<identity::Options> identity_options(const config::Settings& settings) {
  BUSFLOW_TRY(const auto methods, identity::read_methods(settings.text("auth.methods")));
  BUSFLOW_TRY(const auto custom_claims, identity::read_custom_claims(settings.text("auth.custom_claims")));
  const auto origins = split_list(settings.text("auth.security_key_origins"));
  BUSFLOW_TRY(const auto providers, openid::read_providers(settings.text("auth.providers")));
  const auto count = [&](std::string_view name) { return static_cast<std::size_t>(settings.integer(name)); };
  return identity::Options{
      .refresh_token_lifetime = std::chrono::seconds(settings.integer("auth.refresh_token_seconds")),
      .refresh_grace = std::chrono::seconds(settings.integer("auth.refresh_grace_seconds")),
      .server_url = settings.text("auth.server_url"),
      .client_url = settings.text("auth.client_url"),
      .allowed_redirect_urls = settings.text("auth.allowed_redirect_urls"),
      .methods = methods,
      .security_key_site = settings.text("auth.security_key_site"),
      .security_key_origins = {origins.begin(), origins.end()},
      .providers = providers,
      .custom_claims = custom_claims,
      .is_sign_up_open = settings.boolean("auth.sign_up"),
      .needs_verified_email = settings.boolean("auth.email_verification"),
      .password_length = count("auth.password_length"),
      .failed_sign_ins = count("auth.failed_sign_ins"),
      .failed_sign_ins_by_address = count("auth.failed_sign_ins_by_address"),
      .sign_ups_by_address = count("auth.sign_ups_by_address"),
      .messages = count("auth.messages"),
      .messages_by_address = count("auth.messages_by_address")};
}

automation::Options automation_options(const config::Settings& settings) {
  return {.webhook_url = settings.text("automation.webhook_url"),
          .signing_secret = settings.text("automation.signing_secret")};
}

/// A bucket where an endpoint is set, else a folder.
std::unique_ptr<blob_store::BlobStore> make_blob_store(const config::Settings& settings) {
  const auto& endpoint = settings.text("files.s3_endpoint");
  if (endpoint.empty()) return std::make_unique<blob_store::FolderStore>(settings.text("files.folder"));
  return std::make_unique<blob_store::S3Store>(
      blob_store::S3Options{.endpoint = endpoint,
                            .bucket = settings.text("files.s3_bucket"),
                            .credentials = {.access_key_id = settings.text("files.s3_access_key_id"),
                                            .secret_access_key = settings.text("files.s3_secret_access_key"),
                                            .region = settings.text("files.s3_region")},
                            .is_path_style = settings.boolean("files.s3_path_style"),
                            .ca_file = settings.text("files.s3_ca_file")});
}

}  // namespace

ModuleParts::ModuleParts(token::Minter minter, std::unique_ptr<token::Verifier> verifier, crypto::Vault vault,
                         std::unique_ptr<rate_limit::Limiter> limiter, std::unique_ptr<blob_store::BlobStore> blobs,
                         std::unique_ptr<virus_scan::Scanner> scanner, std::unique_ptr<http_client::Client> http,
                         std::unique_ptr<http_client::Client> automation_http, identity::Options identity)
    : minter_(std::move(minter)),
      verifier_(std::move(verifier)),
      vault_(std::move(vault)),
      limiter_(std::move(limiter)),
      blobs_(std::move(blobs)),
      scanner_(std::move(scanner)),
      http_(std::move(http)),
      automation_http_(std::move(automation_http)),
      identity_(std::move(identity)) {}

Result<ModuleParts> ModuleParts::make(const config::Settings& settings, const Clock& clock,
                                      const telemetry::Logger& logger) {
  const auto& key = settings.text("auth.jwt_key");
  const auto& issuer = settings.text("auth.jwt_issuer");
  BUSFLOW_TRY(auto minter,
              token::Minter::create(key, issuer, std::chrono::seconds(settings.integer("auth.access_token_seconds"))));
  BUSFLOW_TRY(auto verifier, token::Verifier::create(key, issuer, clock));
  BUSFLOW_TRY(auto vault, crypto::Vault::create(settings.text("auth.data_key")));
  auto limiter = std::make_unique<rate_limit::RedisLimiter>(redis_options(settings), "limits", logger);
  BUSFLOW_TRY(auto identity, identity_options(settings));
  BUSFLOW_CHECK(automation::check(automation_options(settings)));
  const auto& scanner_address = settings.text("files.virus_scanner");
  BUSFLOW_TRY(auto scanner, scanner_address.empty() ? virus_scan::no_scanner() : virus_scan::clamd(scanner_address));
  const auto addresses = settings.boolean("auth.providers_are_private") ? http_client::AddressPolicy::kAny
                                                                        : http_client::AddressPolicy::kPublicOnly;
  return ModuleParts(std::move(minter), std::move(verifier), std::move(vault), std::move(limiter),
                     make_blob_store(settings), std::move(scanner),
                     std::make_unique<http_client::Client>(http_client::ClientOptions{
                         .ca_file = settings.text("auth.providers_ca_file"), .addresses = addresses}),
                     // Inside a stack's own network, n8n is spoken to as it is.
                     std::make_unique<http_client::Client>(http_client::ClientOptions{
                         .ca_file = settings.text("automation.ca_file"), .allow_plain_http = true}),
                     std::move(identity));
}

ModuleParts ModuleParts::worthless(const Clock& clock) {
  const auto key = crypto::random_hex(token::kShortestKey);
  return {token::Minter::create(key, "nobody", std::chrono::seconds(1)).value(),
          token::Verifier::create(key, "nobody", clock).value(),
          crypto::Vault::create(key).value(),
          std::make_unique<rate_limit::LocalLimiter>(),
          std::make_unique<blob_store::FolderStore>("/nonexistent"),
          virus_scan::no_scanner(),
          std::make_unique<http_client::Client>(),
          std::make_unique<http_client::Client>(),
          identity::Options()};
}

std::vector<application::Module> make_modules(const config::Settings& settings, postgres::Pool& pool,
                                              const ModuleParts& parts) {
  return {
      identity::make_module({.pool = pool,
                             .minter = parts.minter(),
                             .verifier = parts.verifier(),
                             .limiter = parts.limiter(),
                             .vault = parts.vault(),
                             .http = parts.http(),
                             .options = parts.identity()}),
      backoffice::make_module({.pool = pool}),
      commerce::make_module({.pool = pool}),
      operations::make_module({.pool = pool}),
      communications::make_module(
          {.pool = pool, .options = {.has_mailbox = settings.boolean("communications.mailbox")}}),
      files::make_module({.pool = pool,
                          .verifier = parts.verifier(),
                          .vault = parts.vault(),
                          .store = parts.blobs(),
                          .scanner = parts.scanner(),
                          .options = {.server_url = settings.text("files.server_url")}}),
      automation::make_module(
          {.minter = parts.minter(), .http = parts.automation_http(), .options = automation_options(settings)}),
  };
}

std::vector<postgres::MigrationSet> migration_sets(const std::vector<application::Module>& modules) {
  std::vector<postgres::MigrationSet> sets;
  for (const auto& module : modules) sets.push_back({.context = module.context, .files = module.migrations});
  return sets;
}

MetadataFiles::MetadataFiles(const std::vector<application::Module>& modules) {
  for (const auto& module : modules) {
    for (const auto& file : module.metadata) paths_.push_back(module.context + "/" + std::string(file.path));
  }
  std::size_t next = 0;
  for (const auto& module : modules) {
    for (const auto& file : module.metadata) files_.push_back({.path = paths_[next++], .text = file.text});
  }
}

std::map<std::string, graphql::ActionHandler> action_handlers(const std::vector<application::Module>& modules) {
  std::map<std::string, graphql::ActionHandler> handlers;
  for (const auto& module : modules) {
    for (const auto& action : module.actions) handlers.emplace(action.name, action.handle);
  }
  return handlers;
}

}  // namespace busflow::api
