#include "metadata/merge.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "metadata/node_reader.hpp"

namespace busflow::graphql::metadata {
namespace {

class Merger {
 public:
  explicit Merger(Table& table) : table_(table) {}

  template <class Item, class Key>
  Result<void> add(std::vector<Item>& target, std::vector<Item>&& additions, Key key, std::string_view what) const {
    for (Item& item : additions) {
      if (std::ranges::find(target, item.*key, key) != target.end()) return again(item.location, what, item.*key);
      target.push_back(std::move(item));
    }
    return {};
  }

  std::unexpected<Error> again(const SourceLocation& location, std::string_view what, std::string_view name) const {
    return invalid(location, fmt::format("{} '{}' of {} is defined twice", what, name, table_.name.describe()));
  }

 private:
  Table& table_;
};

template <class Items, class Key>
Result<void> check_unique(const Items& items, Key key, std::string_view what) {
  std::set<std::string_view> seen;
  for (const auto& item : items) {
    if (!seen.insert(item.*key).second)
      return invalid(item.location, fmt::format("the {} '{}' is defined twice", what, item.*key));
  }
  return {};
}

}  // namespace

Result<void> merge(Table& table, Table&& addition) {
  const Merger merger(table);
  BUSFLOW_CHECK(
      merger.add(table.relationships, std::move(addition.relationships), &Relationship::name, "the relationship"));
  BUSFLOW_CHECK(merger.add(table.computed_fields, std::move(addition.computed_fields), &ComputedField::name,
                           "the computed field"));
  BUSFLOW_CHECK(merger.add(table.remote_relationships, std::move(addition.remote_relationships),
                           &RemoteRelationship::name, "the remote relationship"));
  BUSFLOW_CHECK(merger.add(table.insert_permissions, std::move(addition.insert_permissions), &InsertPermission::role,
                           "the insert permission of role"));
  BUSFLOW_CHECK(merger.add(table.select_permissions, std::move(addition.select_permissions), &SelectPermission::role,
                           "the select permission of role"));
  BUSFLOW_CHECK(merger.add(table.update_permissions, std::move(addition.update_permissions), &UpdatePermission::role,
                           "the update permission of role"));
  BUSFLOW_CHECK(merger.add(table.delete_permissions, std::move(addition.delete_permissions), &DeletePermission::role,
                           "the delete permission of role"));
  BUSFLOW_CHECK(
      merger.add(table.event_triggers, std::move(addition.event_triggers), &EventTrigger::name, "the event trigger"));
  TableConfiguration& configuration = table.configuration;
  if (!addition.configuration.custom_name.empty()) {
    if (!configuration.custom_name.empty())
      return merger.again(addition.location, "the custom name", addition.configuration.custom_name);
    configuration.custom_name = std::move(addition.configuration.custom_name);
  }
  if (!configuration.comment) configuration.comment = std::move(addition.configuration.comment);
  configuration.custom_root_fields.merge(addition.configuration.custom_root_fields);
  configuration.columns.merge(addition.configuration.columns);
  table.is_enum = table.is_enum || addition.is_enum;
  if (addition.apollo_federation_config) table.apollo_federation_config = std::move(addition.apollo_federation_config);
  if (addition.logical_model) table.logical_model = std::move(addition.logical_model);
  return {};
}

Result<void> check_names(const Metadata& metadata) {
  BUSFLOW_CHECK(check_unique(metadata.sources, &Source::name, "source"));
  BUSFLOW_CHECK(check_unique(metadata.actions, &Action::name, "action"));
  BUSFLOW_CHECK(check_unique(metadata.cron_triggers, &CronTrigger::name, "cron trigger"));
  BUSFLOW_CHECK(check_unique(metadata.remote_schemas, &RemoteSchema::name, "remote schema"));
  BUSFLOW_CHECK(check_unique(metadata.query_collections, &QueryCollection::name, "query collection"));
  BUSFLOW_CHECK(check_unique(metadata.allow_list, &AllowListEntry::collection, "allow list entry"));
  BUSFLOW_CHECK(check_unique(metadata.rest_endpoints, &RestEndpoint::name, "REST endpoint"));
  BUSFLOW_CHECK(check_unique(metadata.inherited_roles, &InheritedRole::name, "inherited role"));
  if (const auto ring = find_ring(metadata.inherited_roles); !ring.empty()) {
    return invalid(metadata.find_inherited_role(ring.front())->location,
                   fmt::format("these roles inherit from each other in a ring: {}", fmt::join(ring, ", ")));
  }
  BUSFLOW_CHECK(check_unique(metadata.custom_types.objects, &CustomObject::name, "type"));
  BUSFLOW_CHECK(check_unique(metadata.custom_types.input_objects, &CustomInputObject::name, "type"));
  return check_unique(metadata.custom_types.enums, &CustomEnum::name, "type");
}

}  // namespace busflow::graphql::metadata
