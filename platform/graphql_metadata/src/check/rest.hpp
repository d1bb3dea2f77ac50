#pragma once

#include <vector>

#include "check/checker.hpp"

namespace busflow::graphql_metadata {

/// Looks at everything that is not part of a table: functions, inherited roles, REST endpoints, allow lists. Problems
/// are added to `inconsistencies`.
std::vector<Finding> check_rest(const graphql::metadata::Metadata& metadata, const Catalogs& catalogs,
                                std::vector<graphql::metadata::Inconsistency>& inconsistencies);

}  // namespace busflow::graphql_metadata
