#include <backoffice/demo_data.hpp>

#include <string_view>
#include <utility>

namespace busflow::backoffice {
namespace {

/// Adds the parts of one operator and derives each id from the operator's key and the part's.
class DemoOperatorBuilder {
 public:
  DemoOperatorBuilder(std::string key, std::string name, std::string city, Date today)
      : key_(std::move(key)), today_(today) {
    operator_.id = name_based_identifier("operator/" + key_);
    operator_.name = std::move(name);
    operator_.city = std::move(city);
  }

  void vehicle(std::string name, std::string license_plate, int seat_count) {
    operator_.vehicles.push_back({id("vehicle", license_plate), std::move(name), license_plate, seat_count});
  }

  void crew_member(std::string display_name, std::string role) {
    operator_.crew_members.push_back({id("crew_member", display_name), display_name, std::move(role)});
  }

  void tour(std::string key, std::string name, std::string destination, int duration_days, int default_capacity,
            int price, std::string description) {
    operator_.tour_templates.push_back({id("tour_template", key), std::move(name), std::move(destination),
                                        std::move(description), duration_days, default_capacity,
                                        std::int64_t{price} * 100});
  }

  /// `tour`, `vehicle` and `driver` count from 1 in the order they were added; 0: none yet.
  void departure(std::size_t tour, int days_from_today, std::string status, std::size_t vehicle, std::size_t driver,
                 std::optional<std::string> notes = {}) {
    DemoDeparture departure;
    departure.id = id("departure", std::to_string(operator_.departures.size() + 1));
    departure.tour_template = operator_.tour_templates[tour - 1];
    departure.start_date = add_days(today_, days_from_today);
    departure.end_date = add_days(departure.start_date, departure.tour_template.duration_days - 1);
    departure.capacity = departure.tour_template.default_capacity;
    departure.status = std::move(status);
    if (vehicle != 0) departure.vehicle_id = operator_.vehicles[vehicle - 1].id;
    if (driver != 0) departure.driver_id = operator_.crew_members[driver - 1].id;
    departure.notes = std::move(notes);
    operator_.departures.push_back(std::move(departure));
  }

  DemoOperator build() && { return std::move(operator_); }

 private:
  Uuid id(std::string_view kind, std::string_view part) const {
    return name_based_identifier(std::string(kind) + "/" + key_ + "/" + std::string(part));
  }

  std::string key_;
  Date today_;
  DemoOperator operator_;
};

void add_bruning_tours(DemoOperatorBuilder& demo) {
  demo.tour("prag", "Prag – Goldene Stadt", "Prag, Tschechien", 4, 45, 399,
            "Drei Nächte im Stadtzentrum, Führung über Burg und Kleinseite, Schifffahrt auf der Moldau.");
  demo.tour("gardasee", "Gardasee und Verona", "Riva del Garda, Italien", 6, 48, 649,
            "Halbpension am Nordufer, Ausflüge nach Sirmione, Malcesine und Verona.");
  demo.tour("suedtirol", "Südtirol und Dolomiten", "Bozen, Italien", 7, 48, 779,
            "Große Dolomitenrundfahrt, Kalterer See, Meran mit den Gärten von Schloss Trauttmansdorff.");
  demo.tour("wien", "Wien und Wachau", "Wien, Österreich", 5, 49, 549,
            "Stadtrundfahrt, Schloss Schönbrunn, ein Tag in der Wachau mit Stift Melk.");
  demo.tour("paris", "Paris mit Lichterfahrt", "Paris, Frankreich", 4, 49, 459,
            "Abendliche Lichterfahrt, Montmartre, Zeit für den Louvre.");
  demo.tour("keukenhof", "Amsterdam und Keukenhof", "Amsterdam, Niederlande", 3, 53, 319,
            "Grachtenfahrt, Tulpenblüte im Keukenhof, Zaanse Schans.");
  demo.tour("ruegen", "Rügen – Kreide und Bäder", "Binz, Deutschland", 5, 45, 489,
            "Königsstuhl, Kap Arkona, Fahrt mit dem Rasenden Roland.");
  demo.tour("dresden", "Dresdner Striezelmarkt", "Dresden, Deutschland", 1, 57, 49,
            "Tagesfahrt mit freier Zeit auf dem ältesten Weihnachtsmarkt Deutschlands.");
  demo.tour("toskana", "Toskana – Florenz, Siena, Pisa", "Montecatini Terme, Italien", 8, 46, 949,
            "Standortreise mit Ausflügen, Weinprobe im Chianti.");
  demo.tour("krakau", "Krakau und Wieliczka", "Krakau, Polen", 5, 49, 529, "Altstadt, Wawel, Salzbergwerk Wieliczka.");
  demo.tour("kopenhagen", "Kopenhagen und Malmö", "Kopenhagen, Dänemark", 4, 49, 479,
            "Fährüberfahrt Rostock–Gedser, Nyhavn, Öresundbrücke.");
  demo.tour("harz", "Harz mit Brockenbahn", "Wernigerode, Deutschland", 2, 53, 189,
            "Fachwerkstadt Wernigerode, Dampfzug auf den Brocken.");
}

DemoOperator bruning(Date today) {
  DemoOperatorBuilder demo("bruning", "Bruning Reisen GmbH", "Berlin", today);
  demo.vehicle("Reisebus 1 – Setra S 515 HD", "B-BR 1049", 49);
  demo.vehicle("Reisebus 2 – Mercedes-Benz Tourismo", "B-BR 1053", 53);
  demo.vehicle("Reisebus 3 – Setra S 517 HD", "B-BR 1057", 57);
  demo.crew_member("Fahrer 1", "DRIVER");
  demo.crew_member("Fahrer 2", "DRIVER");
  demo.crew_member("Fahrer 3", "DRIVER");
  demo.crew_member("Reiseleitung 1", "GUIDE");
  add_bruning_tours(demo);
  demo.departure(8, 3, "PUBLISHED", 3, 3, "Abfahrt auch ab Königs Wusterhausen.");
  demo.departure(12, 6, "PUBLISHED", 2, 2);
  demo.departure(1, 10, "PUBLISHED", 1, 1);
  demo.departure(4, 17, "PUBLISHED", 2, 2);
  demo.departure(5, 24, "READY", 1, 1);
  demo.departure(11, 31, "READY", 2, 3, "Fähre ist vorgemerkt, Bestätigung steht aus.");
  demo.departure(10, 38, "READY", 3, 3);
  demo.departure(2, 52, "DRAFT", 1, 0);
  demo.departure(3, 66, "DRAFT", 0, 0, "Hotelkontingent anfragen.");
  demo.departure(9, 80, "DRAFT", 0, 0);
  return std::move(demo).build();
}

DemoOperator nordlicht(Date today) {
  DemoOperatorBuilder demo("nordlicht", "Nordlicht Touristik GmbH", "Hamburg", today);
  demo.vehicle("Bus Alster – MAN Lion's Coach", "HH-NT 2044", 44);
  demo.vehicle("Bus Elbe – Neoplan Tourliner", "HH-NT 2051", 51);
  demo.crew_member("Fahrer 1", "DRIVER");
  demo.crew_member("Fahrer 2", "DRIVER");
  demo.tour("sylt", "Sylt mit Hindenburgdamm", "Westerland, Deutschland", 3, 44, 359,
            "Autozug über den Damm, Inselrundfahrt von List bis Hörnum.");
  demo.tour("fjorde", "Norwegens Fjorde", "Bergen, Norwegen", 9, 44, 1389,
            "Fähre Kiel–Oslo, Hardangerfjord, Flåmbahn, Bergen.");
  demo.tour("stockholm", "Stockholm und Schären", "Stockholm, Schweden", 6, 49, 739,
            "Gamla Stan, Vasa-Museum, Dampferfahrt nach Vaxholm.");
  demo.departure(1, 5, "PUBLISHED", 1, 1);
  demo.departure(3, 20, "READY", 2, 2);
  demo.departure(2, 75, "DRAFT", 0, 0);
  return std::move(demo).build();
}

}  // namespace

std::vector<DemoOperator> demo_operators(Date today) { return {bruning(today), nordlicht(today)}; }

TourDeparturePublished demo_event(const DemoOperator& demo_operator, const DemoDeparture& departure,
                                  WallTime published_at) {
  TourDeparturePublished event;
  event.event_id = name_based_identifier("event/TourDeparturePublished/" + departure.id.to_string());
  event.tenant_id = demo_operator.id;
  event.tour_departure_id = departure.id;
  event.tour_template_id = departure.tour_template.id;
  event.title = departure.tour_template.name;
  event.destination = departure.tour_template.destination;
  event.start_date = departure.start_date;
  event.end_date = departure.end_date;
  event.capacity = departure.capacity;
  event.list_price_cents = departure.tour_template.list_price_cents;
  event.currency = "EUR";
  event.published_at = published_at;
  event.legs = plan_legs(departure.start_date, departure.end_date);
  return event;
}

std::vector<TourDeparturePublished> demo_events(WallTime now) {
  std::vector<TourDeparturePublished> events;
  for (const auto& demo_operator : demo_operators(central_european_date(now))) {
    for (const auto& departure : demo_operator.departures) {
      if (departure.status == "PUBLISHED") events.push_back(demo_event(demo_operator, departure, now));
    }
  }
  return events;
}

}  // namespace busflow::backoffice
