#pragma once

#include <vector>

#include "check/checker.hpp"

namespace busflow::graphql_metadata {

/// Looks at relationships that lead to another source, and at those of the types of actions. Problems are added to
/// `inconsistencies`.
std::vector<Finding> check_joins(const graphql::metadata::Metadata& metadata, const Catalogs& catalogs,
                                 std::vector<graphql::metadata::Inconsistency>& inconsistencies);

}  // namespace busflow::graphql_metadata
