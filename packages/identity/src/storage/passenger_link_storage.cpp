#include "storage/passenger_link_storage.hpp"

namespace busflow::identity {
namespace {

constexpr postgres::Statement kForget{"identity.forget_passenger_links",
                                      "delete from identity.passenger_links where tenant_id = $1 and expires_at < $2"};
constexpr postgres::Statement kInsert{
    "identity.insert_passenger_link",
    "insert into identity.passenger_links"
    "    (id, tenant_id, booking_id, email, link_hash, created_by, created_at, expires_at)"
    "  values ($1, $2, $3, $4, $5, $6, $7, $8)"};
constexpr postgres::Statement kFind{
    "identity.find_passenger_link",
    "select l.id, l.tenant_id, l.booking_id, l.email from identity.passenger_links l"
    "  join identity.tenants t on t.id = l.tenant_id and t.is_active where l.link_hash = $1 and l.expires_at > $2"};
constexpr postgres::Statement kDelete{"identity.delete_passenger_links",
                                      "delete from identity.passenger_links where tenant_id = $1 and booking_id = $2"};

}  // namespace

Result<void> insert_passenger_link(postgres::Transaction& transaction, const PassengerLink& link,
                                   const std::string& link_hash, const std::string& created_by, WallTime now,
                                   WallTime expires_at) {
  BUSFLOW_CHECK(transaction.change(kForget, {link.tenant_id, to_rfc3339(now)}));
  BUSFLOW_CHECK(transaction.change(kInsert, {link.id, link.tenant_id, link.booking_id, link.email, link_hash,
                                             created_by, to_rfc3339(now), to_rfc3339(expires_at)}));
  return {};
}

Result<std::optional<PassengerLink>> find_passenger_link(postgres::Transaction& transaction,
                                                         const std::string& link_hash, WallTime now) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kFind, {link_hash, to_rfc3339(now)}));
  if (rows.empty()) return std::nullopt;
  return PassengerLink{.id = std::string(rows.text(0, "id")),
                       .tenant_id = std::string(rows.text(0, "tenant_id")),
                       .booking_id = std::string(rows.text(0, "booking_id")),
                       .email = std::string(rows.text(0, "email"))};
}

Result<std::size_t> delete_passenger_links(postgres::Transaction& transaction, const std::string& tenant_id,
                                           const std::string& booking_id) {
  return transaction.change(kDelete, {tenant_id, booking_id});
}

}  // namespace busflow::identity
