#include "storage/offering_storage.hpp"

#include <string>

namespace busflow::commerce {
namespace {

constexpr postgres::Statement kInsertOffering{
    "commerce.insert_offering",
    "insert into commerce.tour_offerings"
    "  (id, tenant_id, tour_departure_id, tour_template_id, title, destination, start_date, end_date, capacity,"
    "   list_price_cents, currency, status)"
    "  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'SCHEDULED')"
    "  on conflict (tenant_id, tour_departure_id) do nothing"};

}  // namespace

Result<void> insert_offering(postgres::Transaction& transaction, const Uuid& id,
                             const backoffice::TourDeparturePublished& event) {
  BUSFLOW_CHECK(transaction.execute(
      kInsertOffering, {id.to_string(), event.tenant_id.to_string(), event.tour_departure_id.to_string(),
                        event.tour_template_id.to_string(), event.title, event.destination,
                        backoffice::to_text(event.start_date), backoffice::to_text(event.end_date),
                        std::to_string(event.capacity), std::to_string(event.list_price_cents), event.currency}));
  return {};
}

}  // namespace busflow::commerce
