#pragma once

#include <memory>
#include <string>
#include <vector>

#include <identity/module.hpp>
#include <platform/application/module.hpp>
#include <platform/base/embedded_file.hpp>
#include <platform/blob_store/blob_store.hpp>
#include <platform/config/settings.hpp>
#include <platform/crypto/vault.hpp>
#include <platform/graphql/engine.hpp>
#include <platform/http_client/client.hpp>
#include <platform/postgres/migration.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/rate_limit/limiter.hpp>
#include <platform/telemetry/logger.hpp>
#include <platform/token/minter.hpp>
#include <platform/token/verifier.hpp>
#include <platform/virus_scan/scanner.hpp>

namespace busflow::api {

/// What packages are made with, besides the database.
class ModuleParts {
 public:
  /// With the keys of the settings. kInvalidSetting when one is missing or too short.
  static Result<ModuleParts> make(const config::Settings& settings, const Clock& clock,
                                  const telemetry::Logger& logger);
  /// For verbs that sign nobody in and so need no key: the tokens are worth nothing.
  static ModuleParts worthless(const Clock& clock);

  const token::Minter& minter() const { return minter_; }
  const token::Verifier& verifier() const { return *verifier_; }
  const crypto::Vault& vault() const { return vault_; }
  rate_limit::Limiter& limiter() const { return *limiter_; }
  blob_store::BlobStore& blobs() const { return *blobs_; }
  const virus_scan::Scanner& scanner() const { return *scanner_; }
  const http_client::Client& http() const { return *http_; }
  const http_client::Client& automation_http() const { return *automation_http_; }
  const identity::Options& identity() const { return identity_; }

 private:
  ModuleParts(token::Minter minter, std::unique_ptr<token::Verifier> verifier, crypto::Vault vault,
              std::unique_ptr<rate_limit::Limiter> limiter, std::unique_ptr<blob_store::BlobStore> blobs,
              std::unique_ptr<virus_scan::Scanner> scanner, std::unique_ptr<http_client::Client> http,
              std::unique_ptr<http_client::Client> automation_http, identity::Options identity);

  token::Minter minter_;
  std::unique_ptr<token::Verifier> verifier_;
  crypto::Vault vault_;
  std::unique_ptr<rate_limit::Limiter> limiter_;
  std::unique_ptr<blob_store::BlobStore> blobs_;
  std::unique_ptr<virus_scan::Scanner> scanner_;
  std::unique_ptr<http_client::Client> http_;
  std::unique_ptr<http_client::Client> automation_http_;
  identity::Options identity_;
};

/// The one place that knows all packages. A new package is added here, and to USES in CMakeLists.txt.
/// In the order in which demo data must be seeded. The references outlive the modules.
std::vector<application::Module> make_modules(const config::Settings& settings, postgres::Pool& pool,
                                              const ModuleParts& parts);

std::vector<postgres::MigrationSet> migration_sets(const std::vector<application::Module>& modules);

/// All packages' GraphQL metadata, each file's path prefixed by its package's context.
class MetadataFiles {
 public:
  explicit MetadataFiles(const std::vector<application::Module>& modules);
  std::span<const EmbeddedFile> files() const { return files_; }

 private:
  std::vector<std::string> paths_;
  std::vector<EmbeddedFile> files_;
};

std::map<std::string, graphql::ActionHandler> action_handlers(const std::vector<application::Module>& modules);

}  // namespace busflow::api
