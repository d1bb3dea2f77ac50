#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <platform/postgres/connection.hpp>

/// How rows are counted: by the producer for the manifest, and by whoever compares a restored database with it. Both
/// must mean the same tables.
namespace busflow::backup {

/// Schema and name of the tables that hold rows of their own and belong to no extension, ordered. Not materialized
/// views: a restore fills them from the tables as they are now, the source may have filled them long ago.
inline constexpr std::string_view kTablesWithRows =
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e' "
    "WHERE c.relkind = 'r' AND d.objid IS NULL AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' "
    "ORDER BY 1, 2";

inline constexpr std::string_view kLargeObjects = "SELECT count(*) FROM pg_largeobject_metadata";

/// The statement that counts the rows of one table, without those of tables that inherit from it.
std::string count_statement(std::string_view schema, std::string_view table);

}  // namespace busflow::backup
