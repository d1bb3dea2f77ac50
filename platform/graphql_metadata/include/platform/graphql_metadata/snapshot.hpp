#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <platform/graphql/catalog.hpp>
#include <platform/graphql/engine.hpp>
#include <platform/graphql/metadata.hpp>

namespace busflow::graphql_metadata {

/// The state that is served: what was stored, what the databases hold, and the engine that was made of both. Immutable.
struct Snapshot {
  std::shared_ptr<const graphql::metadata::Metadata> metadata;  ///< As stored, inconsistent objects included.
  std::int64_t resource_version = 0;
  graphql::Catalogs catalogs;
  std::vector<graphql::metadata::Inconsistency> inconsistencies;
  std::shared_ptr<const graphql::Engine> engine;  ///< Of what is consistent.

  bool is_consistent() const { return inconsistencies.empty(); }
};

}  // namespace busflow::graphql_metadata
