#include <backoffice/tour_departure_published.hpp>

#include <array>

namespace busflow::backoffice {
namespace {

using enum EventFieldKind;

constexpr std::array kFields = {
    EventField{"event_id", kUuid, "The event's own id."},
    EventField{"tenant_id", kUuid, "The operator."},
    EventField{"tour_departure_id", kUuid, "What went on sale."},
    EventField{"tour_template_id", kUuid, "The tour it is a date of."},
    EventField{"title", kText, "The tour's name."},
    EventField{"destination", kText, "Where it goes."},
    EventField{"start_date", kDate, "First day."},
    EventField{"end_date", kDate, "Last day, included."},
    EventField{"capacity", kInteger, "Seats."},
    EventField{"list_price_cents", kInteger, "Gross price per person."},
    EventField{"currency", kText, "ISO 4217."},
    EventField{"published_at", kTime, "When it went on sale."},
    EventField{"legs", kList, "What the coach has to drive, in order: leg_type, scheduled_start, scheduled_end."},
};

}  // namespace

const EventType kTourDeparturePublished{
    .name = TourDeparturePublished::kName,
    .owner = "backoffice",
    .description = "A departure went on sale. Carries all that is needed to offer and to drive it.",
    .fields = kFields,
};

std::vector<PlannedLeg> plan_legs(Date start_date, Date end_date) {
  using std::chrono::minutes;
  constexpr minutes kBoardingBegins{6 * 60};
  constexpr minutes kBoardingEnds{7 * 60 + 30};
  constexpr minutes kHomewardEnds{18 * 60 + 30};
  constexpr minutes kLastPassengerHome{20 * 60};

  const WallTime under_way = central_european_time(start_date, kBoardingEnds);
  const WallTime back = central_european_time(end_date, kHomewardEnds);
  return {
      {"PICKUP", central_european_time(start_date, kBoardingBegins), under_way},
      {"TRANSIT", under_way, back},
      {"DROPOFF", back, central_european_time(end_date, kLastPassengerHome)},
  };
}

}  // namespace busflow::backoffice
