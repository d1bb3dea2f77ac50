#include <backoffice/module.hpp>

#include <span>

#include <platform/base/context.hpp>
#include <platform/base/embedded_file.hpp>

#include <backoffice/tour_departure_published.hpp>

#include "actions.hpp"
#include "event_handlers.hpp"
#include "usecases/seed_demo.hpp"

namespace busflow::backoffice {

// Defined by busflow_embed(), see CMakeLists.txt.
std::span<const EmbeddedFile> backoffice_migrations();
std::span<const EmbeddedFile> backoffice_metadata();

application::Module make_module(Dependencies dependencies) {
  postgres::Pool& pool = dependencies.pool;
  return {
      .context = "backoffice",
      .has_outbox = true,
      .actions = departure_actions(pool),
      .event_handlers = event_handlers(pool),
      .events = {&kTourDeparturePublished},
      .routes = {},
      .migrations = backoffice_migrations(),
      .metadata = backoffice_metadata(),
      .seed_demo = [&pool](Context& context) { return seed_demo(context, pool); },
  };
}

}  // namespace busflow::backoffice
