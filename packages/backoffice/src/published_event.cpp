#include "published_event.hpp"

#include <string>

#include <platform/json/json.hpp>

namespace busflow::backoffice {

outbox::Event to_outbox_event(const Context& context, const TourDeparturePublished& event) {
  return {
      .id = event.event_id,
      .name = std::string(TourDeparturePublished::kName),
      .tenant_id = event.tenant_id,
      .payload = to_payload<json::Object>(event),
      .traceparent = context.trace.to_traceparent(),
  };
}

}  // namespace busflow::backoffice
