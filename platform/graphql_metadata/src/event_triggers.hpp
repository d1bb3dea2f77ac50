#pragma once

#include <platform/base/context.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/graphql_metadata/problem.hpp>
#include <platform/graphql_metadata/sources.hpp>

namespace busflow::graphql_metadata {

/// Makes the databases tell of what the event triggers of `after` want to know, where that is not what those of
/// `before` wanted. A source that is gone, or that has lost all its tables, loses its log of events with them.
Outcome<void> sync_event_triggers(Context& context, const graphql::metadata::Metadata& before,
                                  const graphql::metadata::Metadata& after, SourcePools& pools);

}  // namespace busflow::graphql_metadata
