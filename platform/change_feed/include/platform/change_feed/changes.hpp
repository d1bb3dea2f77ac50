#pragma once

#include <compare>
#include <set>
#include <string>

namespace busflow::change_feed {

/// A table by its names in the catalog, unquoted.
struct TableName {
  std::string schema;
  std::string name;
  friend auto operator<=>(const TableName&, const TableName&) = default;
};

/// What one transaction, or a gap in what is known, may have changed.
struct Changes {
  bool everything = false;     ///< Nothing can be ruled out: the feed has just begun, or a table is new to it.
  std::set<TableName> tables;  ///< Partitions by their own names.
};

}  // namespace busflow::change_feed
