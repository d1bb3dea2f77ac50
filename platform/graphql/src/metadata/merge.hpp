#pragma once

#include <platform/graphql/metadata.hpp>

namespace busflow::graphql::metadata {

/// Adds what a second entry for the same table says; contradictions are errors that name file and line.
Result<void> merge(Table& table, Table&& addition);

/// Puts several packages' metadata together. Names that are given twice are errors.
Result<void> check_names(const Metadata& metadata);

}  // namespace busflow::graphql::metadata
