#pragma once

#include <string>
#include <vector>

#include <platform/application/module.hpp>
#include <platform/base/embedded_file.hpp>
#include <platform/config/settings.hpp>
#include <platform/graphql/engine.hpp>
#include <platform/postgres/migration.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/token/minter.hpp>

namespace busflow::api {

/// The one place that knows all packages. A new package is added here, and to USES in CMakeLists.txt.
/// In the order in which demo data must be seeded. The references outlive the modules.
std::vector<application::Module> make_modules(const config::Settings& settings, postgres::Pool& pool,
                                              const token::Minter& minter);

/// Issues access tokens with auth.jwt_key.
Result<token::Minter> make_minter(const config::Settings& settings);
/// For verbs that sign nobody in and so need no key: its tokens are worth nothing.
token::Minter worthless_minter();

std::vector<postgres::MigrationSet> migration_sets(const std::vector<application::Module>& modules);

/// All packages' GraphQL metadata, each file's path prefixed by its package's context.
class Metadata {
 public:
  explicit Metadata(const std::vector<application::Module>& modules);
  std::span<const EmbeddedFile> files() const { return files_; }

 private:
  std::vector<std::string> paths_;
  std::vector<EmbeddedFile> files_;
};

std::map<std::string, graphql::ActionHandler> action_handlers(const std::vector<application::Module>& modules);

}  // namespace busflow::api
