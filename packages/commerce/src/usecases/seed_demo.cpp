#include "usecases/seed_demo.hpp"

#include <backoffice/demo_data.hpp>

#include "usecases/create_offering.hpp"

namespace busflow::commerce {

Result<void> seed_demo(Context& context, postgres::Pool& pool) {
  for (const auto& event : backoffice::demo_events(context.clock.now())) {
    backoffice::DemoIdentifierSource identifiers("commerce/" + event.event_id.to_string());
    Context with_fixed_ids{
        .clock = context.clock,
        .identifiers = identifiers,
        .session = context.session,
        .trace = context.trace,
        .request_id = context.request_id,
        .deadline = context.deadline,
        .cancellation = context.cancellation,
    };
    BUSFLOW_CHECK(create_offering(with_fixed_ids, pool, event));
  }
  return {};
}

}  // namespace busflow::commerce
