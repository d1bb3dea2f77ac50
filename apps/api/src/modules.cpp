#include "modules.hpp"

#include <backoffice/module.hpp>
#include <commerce/module.hpp>
#include <identity/module.hpp>
#include <operations/module.hpp>
#include <platform/crypto/random.hpp>

namespace busflow::api {

std::vector<application::Module> make_modules(const config::Settings& settings, postgres::Pool& pool,
                                              const token::Minter& minter) {
  const identity::Options identity_options{
      .refresh_token_lifetime = std::chrono::seconds(settings.integer("auth.refresh_token_seconds")),
      .failed_sign_ins = static_cast<std::size_t>(settings.integer("auth.failed_sign_ins"))};
  return {
      identity::make_module({.pool = pool, .minter = minter, .options = identity_options}),
      backoffice::make_module({.pool = pool}),
      commerce::make_module({.pool = pool}),
      operations::make_module({.pool = pool}),
  };
}

Result<token::Minter> make_minter(const config::Settings& settings) {
  return token::Minter::create(settings.text("auth.jwt_key"), settings.text("auth.jwt_issuer"),
                               std::chrono::seconds(settings.integer("auth.access_token_seconds")));
}

token::Minter worthless_minter() {
  return token::Minter::create(crypto::random_hex(token::kShortestKey), "nobody", std::chrono::seconds(1)).value();
}

std::vector<postgres::MigrationSet> migration_sets(const std::vector<application::Module>& modules) {
  std::vector<postgres::MigrationSet> sets;
  for (const auto& module : modules) sets.push_back({.context = module.context, .files = module.migrations});
  return sets;
}

Metadata::Metadata(const std::vector<application::Module>& modules) {
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
