#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <platform/base/context.hpp>
#include <platform/graphql/catalog.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/graphql_metadata/problem.hpp>
#include <platform/graphql_metadata/snapshot.hpp>
#include <platform/graphql_metadata/sources.hpp>

#include "check/checker.hpp"

namespace busflow::graphql_metadata {

/// The next state while operations are at work on it. Copies only what they touch. One request at a time has one.
class Draft {
 public:
  Draft(Context& context, std::shared_ptr<const Snapshot> base, SourcePools& pools, Checker& checker);

  graphql::metadata::Metadata& metadata() { return metadata_; }
  const graphql::metadata::Metadata& metadata() const { return metadata_; }
  const Snapshot& base() const { return *base_; }
  Context& context() { return context_; }

  /// "not-exists" when there is none of that name.
  Outcome<graphql::metadata::Source*> source(const std::string& name);
  Outcome<std::shared_ptr<postgres::Pool>> pool(const std::string& source);
  /// The database's tables; read again when a statement may have changed them.
  Outcome<std::shared_ptr<const graphql::Catalog>> catalog(const std::string& source);
  void forget_catalog(const std::string& source) { catalogs_.erase(source); }
  void forget_catalogs() { catalogs_.clear(); }
  const auto& catalogs() const { return catalogs_; }

  /// A tracked table for reading. "not-exists".
  Outcome<const graphql::metadata::Table*> table(const std::string& source, const graphql::metadata::TableName& name);
  /// The same for changing: the copy takes the place of the shared one.
  Outcome<graphql::metadata::Table*> edit(const std::string& source, const graphql::metadata::TableName& name);

  /// To be called when a change is made.
  void touch() { changed_ = true; }
  bool is_changed() const { return changed_; }
  /// Asks for a new engine although the metadata stayed as it was.
  void rebuild() { rebuild_ = true; }
  bool needs_engine() const { return changed_ || rebuild_; }

  /// The state as it stands now; without an engine of its own.
  Snapshot compose();
  /// An engine for things as they stand now; the present one while nothing was changed.
  using MakeEngine = std::function<Outcome<std::shared_ptr<const graphql::Engine>>(const Snapshot&)>;
  Outcome<std::shared_ptr<const graphql::Engine>> engine();
  void set_engine_maker(MakeEngine maker) { make_engine_ = std::move(maker); }

  /// Everything that does not fit, as things stand now. Catalogs that cannot be read make their source inconsistent.
  Report check();
  /// The inconsistencies that the change of this operation has brought. `known` is moved on, so that the next operation
  /// of a bulk is judged by its own.
  std::vector<graphql::metadata::Inconsistency> new_inconsistencies();

 private:
  Context& context_;
  std::shared_ptr<const Snapshot> base_;
  SourcePools& pools_;
  Checker& checker_;
  graphql::metadata::Metadata metadata_;
  graphql::Catalogs catalogs_;
  std::set<std::string> known_problems_;
  MakeEngine make_engine_;
  bool changed_ = false;
  bool rebuild_ = false;
};

}  // namespace busflow::graphql_metadata
