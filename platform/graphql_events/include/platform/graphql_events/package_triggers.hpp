#pragma once

#include <span>
#include <string>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/base/event_type.hpp>
#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/postgres/pool.hpp>

/// Event triggers on tables of our own packages. What they tell goes by the outbox of the package whose table it is
/// (platform/outbox) to a C++ function of that package, in the same transaction and with the same promises as what
/// packages publish: see docs/adr/0025-event-triggers-of-packages.md.
namespace busflow::graphql_events {

struct PackageTrigger {
  std::string name;  ///< Also that of its events.
  std::string context;
  std::string description;  ///< "UPDATE of seat_count, status in backoffice.vehicles."
  std::string handler;      ///< The event handler that the webhook "internal:…" names.
  graphql::metadata::RetryPolicy retry;
  bool is_ordered = false;  ///< By the payload's ordering_key.

  /// Refers to this.
  EventType type() const;
};

/// Those of the metadata of all packages. kInvalidMetadata names file and line of one on a table of none of the
/// contexts, which are those with an outbox; that has no "internal:" webhook; or that sets what only a call by HTTP
/// has.
Result<std::vector<PackageTrigger>> package_triggers(const graphql::metadata::Metadata& metadata,
                                                     std::span<const std::string> contexts);

/// Makes the triggers in the contexts' schemas what the metadata says, and takes others away; what is as it should be
/// is not touched. The pool's user owns the schemas. Any number of processes may do it at once. Besides the errors of
/// package_triggers(): kInvalidMetadata for a column that is not there; each table has a tenant_id.
Result<void> install_package_triggers(Context& context, postgres::Pool& pool,
                                      const graphql::metadata::Metadata& metadata,
                                      std::span<const std::string> contexts);

}  // namespace busflow::graphql_events
