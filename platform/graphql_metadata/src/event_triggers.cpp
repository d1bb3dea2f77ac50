#include "event_triggers.hpp"

#include <algorithm>

#include <platform/graphql/metadata/parts.hpp>
#include <platform/graphql_events/installation.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Metadata;
using graphql::metadata::Source;

/// What the database of the source has to be like, for comparing; empty without event triggers.
json::Array wanted_by(const Source& source) {
  json::Array wanted;
  for (const auto& table : source.tables) {
    for (const auto& trigger : table->event_triggers)
      wanted.push_back(json::Array{graphql::metadata::encode(table->name), graphql::metadata::encode(trigger)});
  }
  return wanted;
}

const Source* find_source(const Metadata& metadata, const std::string& name) {
  const auto found = std::ranges::find(metadata.sources, name, &Source::name);
  return found == metadata.sources.end() ? nullptr : &*found;
}

}  // namespace

Outcome<void> sync_event_triggers(Context& context, const Metadata& before, const Metadata& after, SourcePools& pools) {
  for (const Source& source : before.sources) {
    const bool had_any = !wanted_by(source).empty();
    const auto is_there = [&](const Source& other) { return other.connection == source.connection; };
    if (!had_any || std::ranges::any_of(after.sources, is_there)) continue;
    const auto pool = pools.pool(source);
    // Of a database that cannot be reached any more, nothing can be taken away.
    if (pool) BUSFLOW_CHECK(graphql_events::uninstall(context, **pool));
  }
  for (const Source& source : after.sources) {
    const Source* const known = find_source(before, source.name);
    const json::Array wanted = wanted_by(source);
    const bool is_moved = known == nullptr || !(known->connection == source.connection);
    const json::Array had = known == nullptr ? json::Array() : wanted_by(*known);
    if (is_moved ? wanted.empty() : wanted == had) continue;
    BUSFLOW_TRY(const auto pool, pools.pool(source));
    if (source.tables.empty()) {
      BUSFLOW_CHECK(graphql_events::uninstall(context, *pool));
    } else {
      BUSFLOW_CHECK(graphql_events::install(context, *pool, source));
    }
  }
  return {};
}

}  // namespace busflow::graphql_metadata
