#include "check/checker.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/graphql/metadata/parts.hpp>

#include "check/joins.hpp"
#include "check/rest.hpp"
#include "check/table_checker.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Inconsistency;
using graphql::metadata::Metadata;
using graphql::metadata::Source;
using graphql::metadata::Table;
using Kind = ObjectId::Kind;

template <class Items, class Name, class Member>
const auto* find_in(const Items& items, const Name& name, Member member) {
  const auto found = std::ranges::find(items, name, member);
  return found == items.end() ? nullptr : &*found;
}

/// What was stored about an object of a table, with the table and source that it stands under.
json::Value definition(const Source& source, const Table& table, const Finding& finding) {
  json::Value own;
  const std::string& name = finding.id.name;
  const auto take = [&](const auto* found) {
    if (found != nullptr) own = graphql::metadata::encode(*found);
  };
  switch (finding.id.kind) {
    case Kind::kRelationship: take(find_in(table.relationships, name, &graphql::metadata::Relationship::name)); break;
    case Kind::kComputedField:
      take(find_in(table.computed_fields, name, &graphql::metadata::ComputedField::name));
      break;
    case Kind::kInsertPermission:
      take(find_in(table.insert_permissions, name, &graphql::metadata::InsertPermission::role));
      break;
    case Kind::kSelectPermission:
      take(find_in(table.select_permissions, name, &graphql::metadata::SelectPermission::role));
      break;
    case Kind::kUpdatePermission:
      take(find_in(table.update_permissions, name, &graphql::metadata::UpdatePermission::role));
      break;
    case Kind::kDeletePermission:
      take(find_in(table.delete_permissions, name, &graphql::metadata::DeletePermission::role));
      break;
    case Kind::kEventTrigger: take(find_in(table.event_triggers, name, &graphql::metadata::EventTrigger::name)); break;
    default: return graphql::metadata::encode(table.name);
  }
  if (!own.is_object()) return own;
  json::Object& object = own.get_object();
  object["source"] = source.name;
  object["table"] = graphql::metadata::encode(table.name);
  if (!object.contains("comment")) object["comment"] = nullptr;
  return own;
}

Inconsistency inconsistency(const Source& source, const Table& table, const Finding& finding) {
  Inconsistency problem;
  problem.type = finding.type;
  problem.reason = finding.reason;
  problem.source = source.name;
  problem.table = table.name;
  problem.object = finding.id.name;
  problem.name = finding.id.kind == Kind::kTable
                     ? fmt::format("table {} in source {}", table.name.shortened(), source.name)
                     : fmt::format("{} {} in table {} in source {}", finding.type, finding.id.name,
                                   table.name.shortened(), source.name);
  problem.definition = definition(source, table, finding);
  return problem;
}

/// What an inherited role cannot have, since those it inherits from differ in it. It has the rest.
void add_conflicts_of_roles(const Metadata& metadata, std::vector<Inconsistency>& problems) {
  const auto add = [&](const auto& role, const Source& source, const Table& table, std::string_view kind,
                       const auto& permissions) {
    if (!graphql::metadata::permission_of(metadata.inherited_roles, permissions, role.name).is_conflicting) return;
    problems.push_back(
        {.type = std::string(kRoleConflict),
         .name = role.name,
         .reason = fmt::format("Could not inherit permission for the role '{}' for the entity: '{} permission, table: "
                               "{}, source: '{}''",
                               role.name, kind, table.name.shortened(), source.name),
         .definition = json::Object{{"permission_type", kind},
                                    {"source", source.name},
                                    {"table", table.name.schema == "public" ? json::Value(table.name.name)
                                                                            : graphql::metadata::encode(table.name)}},
         .source = source.name,
         .table = table.name,
         .object = role.name});
  };
  for (const auto& role : metadata.inherited_roles) {
    for (const Source& source : metadata.sources) {
      for (const auto& table : source.tables) {
        add(role, source, *table, "insert", table->insert_permissions);
        add(role, source, *table, "update", table->update_permissions);
        add(role, source, *table, "delete", table->delete_permissions);
      }
    }
  }
}

}  // namespace

Report Checker::check(const Metadata& metadata, const Catalogs& catalogs,
                      const std::map<std::string, std::string, std::less<>>& unreachable) {
  Report report;
  std::map<std::pair<std::string, graphql::metadata::TableName>, Cached> kept;
  for (const Source& source : metadata.sources) {
    const auto catalog = catalogs.find(source.name);
    if (catalog == catalogs.end()) {
      const auto reason = unreachable.find(source.name);
      report.inconsistencies.push_back(
          {.type = "source",
           .name = fmt::format("source {}", source.name),
           .reason = fmt::format("Inconsistent object: {}",
                                 reason == unreachable.end() ? "cannot be reached" : reason->second),
           .definition = json::Value(source.name),
           .source = source.name,
           .table = {},
           .object = {}});
      continue;
    }
    std::set<graphql::metadata::TableName> changed;
    for (const auto& table : source.tables) {
      const auto known = cache_.find({source.name, table->name});
      if (known == cache_.end() || known->second.table != table || known->second.catalog != catalog->second)
        changed.insert(table->name);
    }
    std::set<graphql::metadata::TableName> tracked;
    for (const auto& table : source.tables) tracked.insert(table->name);
    for (const auto& [key, known] : cache_) {
      if (key.first == source.name && !tracked.contains(key.second)) changed.insert(key.second);
    }
    for (const auto& table : source.tables) {
      const auto known = cache_.find({source.name, table->name});
      Cached entry;
      const auto is_changed = [&](const auto& name) { return changed.contains(name); };
      if (known != cache_.end() && !changed.contains(table->name) &&
          std::ranges::none_of(known->second.looked_at, is_changed)) {
        entry = known->second;
      } else {
        TableChecker checker(source, *table, *catalog->second);
        entry.findings = std::make_shared<const std::vector<Finding>>(checker.run());
        entry.looked_at = checker.looked_at();
        entry.table = table;
        entry.catalog = catalog->second;
      }
      for (const Finding& finding : *entry.findings) {
        if (!finding.reason.empty()) report.inconsistencies.push_back(inconsistency(source, *table, finding));
      }
      report.parts.push_back(entry.findings);
      kept.emplace(std::pair(source.name, table->name), std::move(entry));
    }
  }
  cache_ = std::move(kept);
  add_conflicts_of_roles(metadata, report.inconsistencies);
  report.parts.push_back(
      std::make_shared<const std::vector<Finding>>(check_rest(metadata, catalogs, report.inconsistencies)));
  report.parts.push_back(
      std::make_shared<const std::vector<Finding>>(check_joins(metadata, catalogs, report.inconsistencies)));
  return report;
}

std::vector<ObjectId> Report::comparing(const ObjectId& column) const {
  std::vector<ObjectId> found;
  for (const auto& part : parts) {
    for (const Finding& finding : *part) {
      if (finding.compares.contains(column)) found.push_back(finding.id);
    }
  }
  return found;
}

std::vector<ObjectId> Report::dependents(const std::set<ObjectId>& gone) const {
  std::set<ObjectId> all = gone;
  std::vector<ObjectId> found;
  for (bool grows = true; grows;) {
    grows = false;
    for (const auto& part : parts) {
      for (const Finding& finding : *part) {
        if (all.contains(finding.id)) continue;
        const auto is_gone = [&](const ObjectId& id) { return all.contains(id); };
        if (std::ranges::none_of(finding.needs, is_gone)) continue;
        all.insert(finding.id);
        found.push_back(finding.id);
        grows = true;
      }
    }
  }
  return found;
}

}  // namespace busflow::graphql_metadata
