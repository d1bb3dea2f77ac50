#pragma once

#include <platform/base/context.hpp>
#include <platform/outbox/event.hpp>

#include <backoffice/tour_departure_published.hpp>

namespace busflow::backoffice {

/// The event as the outbox carries it, on the trace of the work at hand.
outbox::Event to_outbox_event(const Context& context, const TourDeparturePublished& event);

}  // namespace busflow::backoffice
