#include <identity/module.hpp>

#include <memory>
#include <span>

#include <platform/base/context.hpp>
#include <platform/base/embedded_file.hpp>

#include "routes.hpp"
#include "usecases/seed_demo.hpp"
#include "usecases/sessions.hpp"

namespace busflow::identity {

std::span<const EmbeddedFile> identity_migrations();  // Defined by busflow_embed(), see CMakeLists.txt.

application::Module make_module(Dependencies dependencies) {
  postgres::Pool& pool = dependencies.pool;
  const auto cost = dependencies.options.password_cost;
  auto sessions = std::make_shared<Sessions>(dependencies);
  return {
      .context = "identity",
      .has_outbox = false,
      .actions = {},
      .event_handlers = {},
      .routes = session_routes(std::move(sessions), dependencies.minter.lifetime()),
      .migrations = identity_migrations(),
      .metadata = {},
      .seed_demo = [&pool, cost](Context& context) { return seed_demo(context, pool, cost); },
  };
}

}  // namespace busflow::identity
