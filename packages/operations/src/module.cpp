#include <operations/module.hpp>

#include <span>

#include <platform/base/context.hpp>
#include <platform/base/embedded_file.hpp>

#include "event_handlers.hpp"
#include "usecases/seed_demo.hpp"

namespace busflow::operations {

// Defined by busflow_embed(), see CMakeLists.txt.
std::span<const EmbeddedFile> operations_migrations();
std::span<const EmbeddedFile> operations_metadata();

application::Module make_module(Dependencies dependencies) {
  postgres::Pool& pool = dependencies.pool;
  return {
      .context = "operations",
      .has_outbox = false,
      .actions = {},
      .event_handlers = event_handlers(pool),
      .routes = {},
      .migrations = operations_migrations(),
      .metadata = operations_metadata(),
      .seed_demo = [&pool](Context& context) { return seed_demo(context, pool); },
  };
}

}  // namespace busflow::operations
