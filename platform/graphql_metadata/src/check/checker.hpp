#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <platform/graphql/catalog.hpp>
#include <platform/graphql/metadata.hpp>

#include "check/object.hpp"

namespace busflow::graphql_metadata {

/// Type of the inconsistencies that take nothing from the metadata: the role is there, without that permission.
inline constexpr std::string_view kRoleConflict = "inherited role permission inconsistency";

/// What was found out about one object of the metadata.
struct Finding {
  ObjectId id;
  std::set<ObjectId> needs;     ///< Whose going would break it.
  std::set<ObjectId> compares;  ///< Columns whose type it counts on.
  std::string type;             ///< As the reference names it: "object_relation".
  std::string reason;           ///< Empty: it fits.
  bool is_relationship_array = false;
};

struct Report {
  std::vector<std::shared_ptr<const std::vector<Finding>>>
      parts;  ///< Shared with the cache: one per table, and two for the rest.
  std::vector<graphql::metadata::Inconsistency> inconsistencies;

  /// All objects that need one of these, directly or through others; those themselves are left out.
  std::vector<ObjectId> dependents(const std::set<ObjectId>& gone) const;
  /// Those that count on the column's type.
  std::vector<ObjectId> comparing(const ObjectId& column) const;
};

using graphql::Catalogs;

/// Compares metadata with the databases' catalogs. Remembers its findings per table while neither the table nor
/// anything it looked at has changed, so that checking after a small change is cheap. One thread at a time.
class Checker {
 public:
  Report check(const graphql::metadata::Metadata& metadata, const Catalogs& catalogs,
               const std::map<std::string, std::string, std::less<>>& unreachable);

 private:
  struct Cached {
    std::shared_ptr<const graphql::metadata::Table> table;
    std::shared_ptr<const graphql::Catalog> catalog;
    std::set<graphql::metadata::TableName> looked_at;
    std::shared_ptr<const std::vector<Finding>> findings;
    std::uint64_t functions = 0;
  };
  std::map<std::pair<std::string, graphql::metadata::TableName>, Cached> cache_;
};

/// Metadata without what does not fit.
graphql::metadata::Metadata without(const graphql::metadata::Metadata& metadata,
                                    const std::vector<graphql::metadata::Inconsistency>& inconsistencies);
/// Takes an object out of the metadata. False when it is not there.
bool remove(graphql::metadata::Metadata& metadata, const ObjectId& id);

}  // namespace busflow::graphql_metadata
