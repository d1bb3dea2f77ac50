#include "catalog.hpp"

#include <platform/graphql/catalog.hpp>
#include <platform/postgres/pool.hpp>

#include "modules.hpp"
#include "options.hpp"

namespace busflow::api {

Result<std::unique_ptr<graphql::Engine>> make_engine(Context& context, const config::Settings& settings,
                                                     const std::vector<application::Module>& modules,
                                                     const telemetry::Logger& logger, graphql::CountOperation count) {
  postgres::Pool pool({.connection = database_options(settings, DatabaseUser::kGraphql), .max_connections = 1});
  BUSFLOW_TRY(const auto catalog, pool.transact(context, {.read_only = true}, [](postgres::Transaction& transaction) {
    return graphql::read_catalog(transaction);
  }));
  const MetadataFiles metadata(modules);
  graphql::EngineOptions options{
      .max_query_bytes = static_cast<std::size_t>(settings.integer("graphql.max_query_bytes")),
      .max_depth = static_cast<std::size_t>(settings.integer("graphql.max_depth")),
      .leaves_session_in_transactions = true,
      .count_operation = std::move(count)};
  options.on_fault = [logger](std::string_view what) { logger.error("a GraphQL request failed", {{"reason", what}}); };
  return graphql::Engine::create(metadata.files(), catalog, action_handlers(modules), std::move(options));
}

}  // namespace busflow::api
