#include "draft.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace busflow::graphql_metadata {

using graphql::metadata::Inconsistency;
using graphql::metadata::Source;
using graphql::metadata::Table;
using graphql::metadata::TableName;

namespace {

Result<graphql::Catalog> read_with_enums(postgres::Transaction& transaction, const Source& source) {
  BUSFLOW_TRY(auto catalog, graphql::read_catalog(transaction));
  for (auto& table : catalog.tables) {
    const Table* tracked = source.find_table({.schema = table.schema, .name = table.name});
    if (tracked != nullptr && tracked->is_enum) BUSFLOW_CHECK(graphql::read_enum(transaction, table));
  }
  return catalog;
}

std::string key_of(const Inconsistency& problem) { return problem.name + "\n" + problem.reason; }

}  // namespace

Draft::Draft(Context& context, std::shared_ptr<const Snapshot> base, SourcePools& pools, Checker& checker)
    : context_(context),
      base_(std::move(base)),
      pools_(pools),
      checker_(checker),
      metadata_(*base_->metadata),
      catalogs_(base_->catalogs) {
  for (const auto& problem : base_->inconsistencies) known_problems_.insert(key_of(problem));
}

Outcome<Source*> Draft::source(const std::string& name) {
  const auto found = std::ranges::find(metadata_.sources, name, &Source::name);
  if (found != metadata_.sources.end()) return &*found;
  return refuse("not-exists", fmt::format("source with name \"{}\" does not exist", name));
}

Outcome<std::shared_ptr<postgres::Pool>> Draft::pool(const std::string& name) {
  BUSFLOW_TRY(const Source* of, source(name));
  return pools_.pool(*of);
}

Outcome<std::shared_ptr<const graphql::Catalog>> Draft::catalog(const std::string& name) {
  if (const auto known = catalogs_.find(name); known != catalogs_.end()) return known->second;
  BUSFLOW_TRY(const auto from, pool(name));
  BUSFLOW_TRY(const Source* of, source(name));
  BUSFLOW_TRY(graphql::Catalog read,
              from->transact(context_, {.read_only = true},
                             [of](postgres::Transaction& transaction) { return read_with_enums(transaction, *of); }));
  auto catalog = std::make_shared<const graphql::Catalog>(std::move(read));
  catalogs_[name] = catalog;
  return catalog;
}

Outcome<const Table*> Draft::table(const std::string& source_name, const TableName& name) {
  BUSFLOW_TRY(const Source* of, source(source_name));
  if (const Table* found = of->find_table(name)) return found;
  return refuse("not-exists",
                fmt::format("table \"{}\" does not exist in source: \"{}\"", name.shortened(), source_name));
}

Outcome<Table*> Draft::edit(const std::string& source_name, const TableName& name) {
  BUSFLOW_CHECK(table(source_name, name));
  BUSFLOW_TRY(Source * of, source(source_name));
  auto& shared = *std::ranges::find_if(of->tables, [&](const auto& entry) { return entry->name == name; });
  auto copy = std::make_shared<Table>(*shared);
  Table* const editable = copy.get();
  shared = std::move(copy);
  touch();
  return editable;
}

Outcome<std::shared_ptr<const graphql::Engine>> Draft::engine() {
  if (!needs_engine()) return base_->engine;
  return make_engine_(compose());
}

Snapshot Draft::compose() {
  Snapshot next = *base_;
  if (changed_) next.metadata = std::make_shared<const graphql::metadata::Metadata>(metadata_);
  next.inconsistencies = check().inconsistencies;
  next.catalogs = catalogs_;
  return next;
}

Report Draft::check() {
  std::map<std::string, std::string, std::less<>> unreachable;
  for (const Source& of : metadata_.sources) {
    if (const auto read = catalog(of.name); !read) unreachable[of.name] = read.error().message;
  }
  return checker_.check(metadata_, catalogs_, unreachable);
}

std::vector<Inconsistency> Draft::new_inconsistencies() {
  std::vector<Inconsistency> fresh;
  std::set<std::string> all;
  for (auto& problem : check().inconsistencies) {
    if (problem.type == kRoleConflict) continue;
    std::string key = key_of(problem);
    if (!known_problems_.contains(key)) fresh.push_back(std::move(problem));
    all.insert(std::move(key));
  }
  known_problems_ = std::move(all);
  return fresh;
}

}  // namespace busflow::graphql_metadata
