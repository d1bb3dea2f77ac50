#include <algorithm>

#include "check/checker.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Metadata;
using graphql::metadata::Source;
using graphql::metadata::Table;
using Kind = ObjectId::Kind;

template <class Items, class Name, class Member>
bool drop(Items& items, const Name& name, Member member) {
  return std::erase_if(items, [&](const auto& item) { return item.*member == name; }) > 0;
}

bool remove_from(Table& table, const ObjectId& id) {
  using namespace graphql::metadata;
  switch (id.kind) {
    case Kind::kRelationship: return drop(table.relationships, id.name, &Relationship::name);
    case Kind::kComputedField: return drop(table.computed_fields, id.name, &ComputedField::name);
    case Kind::kRemoteRelationship: return drop(table.remote_relationships, id.name, &RemoteRelationship::name);
    case Kind::kInsertPermission: return drop(table.insert_permissions, id.name, &InsertPermission::role);
    case Kind::kSelectPermission: return drop(table.select_permissions, id.name, &SelectPermission::role);
    case Kind::kUpdatePermission: return drop(table.update_permissions, id.name, &UpdatePermission::role);
    case Kind::kDeletePermission: return drop(table.delete_permissions, id.name, &DeletePermission::role);
    case Kind::kEventTrigger: return drop(table.event_triggers, id.name, &EventTrigger::name);
    default: return false;
  }
}

Kind kind_of(const std::string& type) {
  if (type == "source") return Kind::kSource;
  if (type == "object_relation" || type == "array_relation") return Kind::kRelationship;
  if (type == "computed_field") return Kind::kComputedField;
  if (type == "insert_permission") return Kind::kInsertPermission;
  if (type == "select_permission") return Kind::kSelectPermission;
  if (type == "update_permission") return Kind::kUpdatePermission;
  if (type == "delete_permission") return Kind::kDeletePermission;
  if (type == "event_trigger") return Kind::kEventTrigger;
  if (type == "function") return Kind::kFunction;
  if (type == "function_permission") return Kind::kFunctionPermission;
  if (type == "rest_endpoint") return Kind::kRestEndpoint;
  if (type == "inherited_role") return Kind::kInheritedRole;
  if (type == "action") return Kind::kAction;
  if (type == "remote_relationship") return Kind::kRemoteRelationship;
  if (type == "custom_types") return Kind::kCustomTypes;
  return Kind::kTable;
}

/// "Type.relationship"
bool remove_from_types(Metadata& metadata, std::string_view name) {
  const std::size_t dot = name.find('.');
  const auto type =
      std::ranges::find(metadata.custom_types.objects, name.substr(0, dot), &graphql::metadata::CustomObject::name);
  return dot != std::string_view::npos && type != metadata.custom_types.objects.end() &&
         drop(type->relationships, name.substr(dot + 1), &graphql::metadata::CustomRelationship::name);
}

}  // namespace

bool remove(Metadata& metadata, const ObjectId& id) {
  if (id.kind == Kind::kRestEndpoint)
    return drop(metadata.rest_endpoints, id.name, &graphql::metadata::RestEndpoint::name);
  if (id.kind == Kind::kInheritedRole)
    return drop(metadata.inherited_roles, id.name, &graphql::metadata::InheritedRole::name);
  if (id.kind == Kind::kAction) return drop(metadata.actions, id.name, &graphql::metadata::Action::name);
  if (id.kind == Kind::kCustomTypes) return remove_from_types(metadata, id.name);
  if (id.kind == Kind::kSource) return drop(metadata.sources, id.source, &Source::name);
  const auto source = std::ranges::find(metadata.sources, id.source, &Source::name);
  if (source == metadata.sources.end()) return false;
  if (id.kind == Kind::kFunction) return drop(source->functions, id.of, &graphql::metadata::Function::name);
  if (id.kind == Kind::kFunctionPermission) {
    const auto function = std::ranges::find(source->functions, id.of, &graphql::metadata::Function::name);
    return function != source->functions.end() && std::erase(function->roles, id.name) > 0;
  }
  const auto table = std::ranges::find_if(source->tables, [&](const auto& entry) { return entry->name == id.of; });
  if (table == source->tables.end()) return false;
  if (id.kind == Kind::kTable) {
    source->tables.erase(table);
    return true;
  }
  auto copy = std::make_shared<Table>(**table);
  if (!remove_from(*copy, id)) return false;
  *table = std::move(copy);
  return true;
}

Metadata without(const Metadata& metadata, const std::vector<graphql::metadata::Inconsistency>& inconsistencies) {
  Metadata cleaned = metadata;
  for (const auto& problem : inconsistencies) {
    if (problem.type == kRoleConflict) continue;
    remove(cleaned, {kind_of(problem.type), problem.source, problem.table, problem.object});
  }
  return cleaned;
}

}  // namespace busflow::graphql_metadata
