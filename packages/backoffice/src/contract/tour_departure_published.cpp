#include <backoffice/tour_departure_published.hpp>

namespace busflow::backoffice {

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
