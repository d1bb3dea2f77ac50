#include "event_handlers.hpp"

#include <platform/base/context.hpp>
#include <platform/json/reader.hpp>
#include <platform/outbox/row_change.hpp>

#include "usecases/recheck_departures.hpp"

namespace busflow::backoffice {
namespace {

Result<void> on_vehicle_changed(Context& context, postgres::Pool& pool, const outbox::Event& event) {
  BUSFLOW_TRY(const auto change, outbox::read_row_change(event));
  if (!change.after) return fail(ErrorName::kValidationFailed, "a vehicle that is gone", "$.event.data.new");
  BUSFLOW_TRY(const Uuid vehicle_id, json::Reader(*change.after, "$.event.data.new").uuid("id"));
  return recheck_departures(context, pool, event.tenant_id, vehicle_id);
}

}  // namespace

std::vector<application::EventHandler> event_handlers(postgres::Pool& pool) {
  return {{
      .event = "vehicle_changed",
      .name = "backoffice.recheck_departures",
      .handle = [&pool](Context& context,
                        const outbox::Event& event) { return on_vehicle_changed(context, pool, event); },
  }};
}

}  // namespace busflow::backoffice
