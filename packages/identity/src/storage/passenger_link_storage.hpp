#pragma once

#include <optional>
#include <string>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

namespace busflow::identity {

/// A passenger's way to one booking.
struct PassengerLink {
  std::string id;
  std::string tenant_id;
  std::string booking_id;
  std::string email;
};

/// Also forgets the operator's links that have expired.
Result<void> insert_passenger_link(postgres::Transaction& transaction, const PassengerLink& link,
                                   const std::string& link_hash, const std::string& created_by, WallTime now,
                                   WallTime expires_at);
/// Nothing when it is unknown, expired, taken back, or of an operator that is not active.
Result<std::optional<PassengerLink>> find_passenger_link(postgres::Transaction& transaction,
                                                         const std::string& link_hash, WallTime now);
/// All links to the booking; how many there were.
Result<std::size_t> delete_passenger_links(postgres::Transaction& transaction, const std::string& tenant_id,
                                           const std::string& booking_id);

}  // namespace busflow::identity
