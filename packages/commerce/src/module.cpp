#include <commerce/module.hpp>

#include <span>

#include <platform/base/context.hpp>
#include <platform/base/embedded_file.hpp>

#include "event_handlers.hpp"
#include "usecases/seed_demo.hpp"

namespace busflow::commerce {

// Defined by busflow_embed(), see CMakeLists.txt.
std::span<const EmbeddedFile> commerce_migrations();
std::span<const EmbeddedFile> commerce_metadata();

application::Module make_module(Dependencies dependencies) {
  postgres::Pool& pool = dependencies.pool;
  return {
      .context = "commerce",
      .has_outbox = false,
      .actions = {},
      .event_handlers = event_handlers(pool),
      .routes = {},
      .migrations = commerce_migrations(),
      .metadata = commerce_metadata(),
      .seed_demo = [&pool](Context& context) { return seed_demo(context, pool); },
  };
}

}  // namespace busflow::commerce
