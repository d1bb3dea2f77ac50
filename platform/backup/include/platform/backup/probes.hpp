#pragma once

#include <string>
#include <vector>

#include <platform/backup/allow_list.hpp>
#include <platform/backup/manifest.hpp>
#include <platform/backup/postgres_tools.hpp>
#include <platform/backup/report.hpp>
#include <platform/base/context.hpp>
#include <platform/postgres/connection.hpp>

/// What is looked at in a restored database. Each adds its findings to the report; a Failure is one where the database
/// did not answer. The connection must be the owner's or a superuser's: others do not see everything.
namespace busflow::backup {

Outcome<void> probe_schemas(postgres::Connection& connection, const ProbeSettings& settings, Report& report);
Outcome<void> probe_rows(postgres::Connection& connection, const Manifest& manifest, Report& report);
Outcome<void> probe_sequences(postgres::Connection& connection, const Manifest& manifest, Report& report);
Outcome<void> probe_constraints(postgres::Connection& connection, Report& report);
Outcome<void> probe_application(postgres::Connection& connection, const ProbeSettings& settings, Report& report);
/// pg_amcheck: the structure of every table and index.
Outcome<void> probe_structure(const Context& context, const PostgresTools& tools,
                              const postgres::ConnectionOptions& target, int jobs, Report& report);
/// Whether indexes on expressions or a part of the rows hold each row that they should. Those on plain columns need no
/// such look: this very server built them a moment ago from these very rows; an expression may not be what it says.
/// After probe_structure(), which installs amcheck.
Outcome<void> probe_expressions(postgres::Connection& connection, Report& report);

/// Columns that are named after a table ("vehicle_id" for vehicles.id), have its key's type and no foreign key:
/// references between contexts. Each must point at rows that are there, but for what the allow-list grants.
Outcome<void> probe_soft_references(postgres::Connection& connection, const std::vector<SoftReference>& allowed,
                                    WallTime now, Report& report);

/// Entries that have expired, of either list.
void probe_allowances(const std::vector<SoftReference>& references, const std::vector<ToleratedError>& errors,
                      WallTime now, Report& report);

}  // namespace busflow::backup
