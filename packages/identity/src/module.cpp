#include <identity/module.hpp>

#include <memory>
#include <span>

#include <platform/base/context.hpp>
#include <platform/base/embedded_file.hpp>

#include "messages.hpp"
#include "routes/routes.hpp"
#include "services.hpp"
#include "usecases/seed_demo.hpp"

namespace busflow::identity {

std::span<const EmbeddedFile> identity_migrations();  // Defined by busflow_embed(), see CMakeLists.txt.

application::Module make_module(Dependencies dependencies) {
  postgres::Pool& pool = dependencies.pool;
  const auto cost = dependencies.options.password_cost;
  const auto services = std::make_shared<const Services>(dependencies);
  Routes routes;
  for (const auto& some : {session_routes(services), sign_up_routes(services), passwordless_routes(services),
                           user_routes(services), second_factor_routes(services), security_key_routes(services),
                           provider_routes(services), passenger_routes(services), member_routes(services)})
    routes.insert(routes.end(), some.begin(), some.end());
  return {
      .context = "identity",
      .has_outbox = true,
      .actions = {},
      .event_handlers = {},
      .events = {&message_requested()},
      .routes = std::move(routes),
      .migrations = identity_migrations(),
      .metadata = {},
      .seed_demo = [&pool, cost](Context& context) { return seed_demo(context, pool, cost); },
  };
}

}  // namespace busflow::identity
