#include "event_handlers.hpp"

#include <string>

#include <platform/base/context.hpp>
#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>
#include <platform/outbox/event.hpp>

#include <backoffice/tour_departure_published.hpp>

#include "usecases/create_service_legs.hpp"

namespace busflow::operations {
namespace {

using backoffice::TourDeparturePublished;

Result<void> on_departure_published(Context& context, postgres::Pool& pool, const outbox::Event& event) {
  BUSFLOW_TRY(const auto published, backoffice::read_tour_departure_published<json::Reader>(event.payload));
  if (published.event_id != event.id || published.tenant_id != event.tenant_id) {
    return fail(ErrorName::kValidationFailed, "event_id or tenant_id of the payload differs from the event's",
                "$.event_id");
  }
  return create_service_legs(context, pool, published);
}

}  // namespace

std::vector<application::EventHandler> event_handlers(postgres::Pool& pool) {
  return {{
      .event = std::string(TourDeparturePublished::kName),
      .name = std::string(kCreateServiceLegs),
      .handle = [&pool](Context& context,
                        const outbox::Event& event) { return on_departure_published(context, pool, event); },
  }};
}

}  // namespace busflow::operations
