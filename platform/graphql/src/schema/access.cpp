#include "schema/access.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "metadata/node_reader.hpp"

namespace busflow::graphql::schema {
namespace {

using metadata::invalid;
using metadata::SelectPermission;

Result<TableAccess::RootFields> root_fields(const SelectPermission& permission,
                                            const std::optional<std::vector<std::string>>& listed) {
  TableAccess::RootFields fields;
  if (listed) {
    fields = {.select = false, .by_pk = false, .aggregate = false, .stream = false};
    for (const auto& name : *listed) {
      if (name == "select") {
        fields.select = true;
      } else if (name == "select_by_pk") {
        fields.by_pk = true;
      } else if (name == "select_aggregate") {
        fields.aggregate = true;
      } else if (name == "select_stream") {
        fields.stream = true;
      } else {
        return invalid(
            permission.location,
            fmt::format("'{}' is no root field; known: select, select_by_pk, select_aggregate, select_stream", name));
      }
    }
  }
  fields.aggregate = fields.aggregate && permission.allow_aggregations;
  return fields;
}

/// A by_pk field needs all columns of the key.
void drop_by_pk_without_key(TableAccess& access) {
  const auto is_visible = [&](const Column* column) { return access.find_column(column->graphql_name) != nullptr; };
  const bool has_key = !access.table->primary_key.empty() && std::ranges::all_of(access.table->primary_key, is_visible);
  access.query.by_pk = access.query.by_pk && has_key;
  access.subscription.by_pk = access.subscription.by_pk && has_key;
}

Result<std::unique_ptr<TableAccess>> table_access(const Model& model, const Table& table,
                                                  const SelectPermission& permission) {
  auto access = std::make_unique<TableAccess>();
  access->table = &table;
  for (const auto& name : permission.columns.names) {
    if (table.find_column(name) == nullptr) {
      return invalid(permission.location, fmt::format("select permission of role '{}': {} has no column '{}'",
                                                      permission.role, table.name.describe(), name));
    }
  }
  for (const Column& column : table.columns) {
    if (permission.columns.contains(column.name)) access->columns.push_back(&column);
  }
  for (const auto& column : table.computed_columns) {
    const auto& listed = permission.computed_fields;
    if (std::ranges::find(listed, column->name) != listed.end()) access->computed_columns.push_back(column.get());
  }
  BUSFLOW_TRY(access->filter, compile_filter(model, table, permission.filter));
  access->limit = permission.limit;
  BUSFLOW_TRY(access->query, root_fields(permission, permission.query_root_fields));
  BUSFLOW_TRY(access->subscription, root_fields(permission, permission.subscription_root_fields));
  return access;
}

/// What any of the permissions shows. A column is null in the rows that only permissions without it give.
class CombinedAccess {
 public:
  CombinedAccess(const Table& table, std::vector<std::unique_ptr<TableAccess>> parts)
      : table_(table), parts_(std::move(parts)) {}

  std::unique_ptr<TableAccess> combine() {
    access_->table = &table_;
    for (const Column& column : table_.columns) add(column, &TableAccess::columns);
    for (const auto& column : table_.computed_columns) add(*column, &TableAccess::computed_columns);
    std::vector<const TableAccess*> all;
    access_->query = access_->subscription = {.select = false, .by_pk = false, .aggregate = false, .stream = false};
    for (const auto& part : parts_) {
      all.push_back(part.get());
      add(access_->query, part->query);
      add(access_->subscription, part->subscription);
      // As in the reference: the largest of the limits there are.
      if (part->limit) access_->limit = std::max(part->limit, access_->limit);
    }
    access_->filter = any_of(all);
    return std::move(access_);
  }

 private:
  static void add(TableAccess::RootFields& fields, const TableAccess::RootFields& more) {
    fields.select |= more.select;
    fields.by_pk |= more.by_pk;
    fields.aggregate |= more.aggregate;
    fields.stream |= more.stream;
  }

  static Condition any_of(const std::vector<const TableAccess*>& parts) {
    Condition condition;
    condition.kind = Condition::Kind::kOr;
    for (const TableAccess* part : parts) {
      if (part->filter.is_true()) return {};
      condition.children.push_back(part->filter);
    }
    return condition;
  }

  void add(const Column& column, std::vector<const Column*> TableAccess::* list) {
    std::vector<const TableAccess*> showing;
    for (const auto& part : parts_) {
      const auto& shown = (*part).*list;
      if (std::ranges::find(shown, &column) != shown.end()) showing.push_back(part.get());
    }
    if (showing.empty()) return;
    auto visibility = any_of(showing);
    if (showing.size() == parts_.size() || visibility.is_true()) {
      (*access_.*list).push_back(&column);
      return;
    }
    Column partial = column;
    partial.is_nullable = true;
    partial.visible_if =
        access_->visibilities.emplace_back(std::make_unique<const Condition>(std::move(visibility))).get();
    (*access_.*list)
        .push_back(access_->partial_columns.emplace_back(std::make_unique<const Column>(std::move(partial))).get());
  }

  const Table& table_;
  const std::vector<std::unique_ptr<TableAccess>> parts_;
  std::unique_ptr<TableAccess> access_ = std::make_unique<TableAccess>();
};

Result<std::unique_ptr<TableAccess>> table_access(const Model& model, const Table& table,
                                                  const std::vector<const SelectPermission*>& permissions) {
  std::vector<std::unique_ptr<TableAccess>> parts;
  for (const SelectPermission* permission : permissions) {
    BUSFLOW_TRY(auto part, table_access(model, table, *permission));
    parts.push_back(std::move(part));
  }
  if (parts.size() == 1) return std::move(parts.front());
  return CombinedAccess(table, std::move(parts)).combine();
}

std::unique_ptr<TableAccess> full_access(const Table& table) {
  auto access = std::make_unique<TableAccess>();
  access->table = &table;
  for (const Column& column : table.columns) access->columns.push_back(&column);
  for (const auto& column : table.computed_columns) access->computed_columns.push_back(column.get());
  return access;
}

}  // namespace

const Column* TableAccess::find_column(std::string_view graphql_name) const {
  for (const Column* column : columns) {
    if (column->graphql_name == graphql_name) return column;
  }
  return nullptr;
}

const Column* TableAccess::find_value(std::string_view graphql_name) const {
  if (const Column* column = find_column(graphql_name)) return column;
  for (const Column* column : computed_columns) {
    if (column->graphql_name == graphql_name && !column->computed->takes_input()) return column;
  }
  return nullptr;
}

const RelationshipAccess* TableAccess::find_relationship(std::string_view name) const {
  for (const auto& access : relationships) {
    if (access->relationship->name == name) return access.get();
  }
  return nullptr;
}

const RelationshipAccess* TableAccess::find_aggregate(std::string_view name) const {
  for (const auto& access : relationships) {
    if (table->naming().field(access->relationship->name + "_aggregate") != name) continue;
    const bool is_fit = access->relationship->is_array && !access->takes_input();
    return is_fit && access->target->query.aggregate ? access.get() : nullptr;
  }
  return nullptr;
}

Result<RoleAccess> RoleAccess::build(const Model& model, std::string_view role) {
  RoleAccess result;
  for (const auto& table : model.tables()) {
    if (role == kAdminRole) {
      result.tables_.push_back(full_access(*table));
    } else {
      const auto permissions =
          metadata::permissions_of(model.inherited_roles(), table->source->select_permissions, role);
      if (permissions.empty()) continue;
      BUSFLOW_TRY(auto access, table_access(model, *table, permissions));
      result.tables_.push_back(std::move(access));
    }
    drop_by_pk_without_key(*result.tables_.back());
  }
  for (const auto& access : result.tables_) {
    for (const auto* list : {&access->table->relationships, &access->table->computed_relationships}) {
      for (const auto& relationship : *list) {
        const TableAccess* target = result.find(relationship->target);
        if (target == nullptr) continue;
        access->relationships.push_back(
            std::make_unique<RelationshipAccess>(RelationshipAccess{relationship.get(), target}));
      }
    }
  }
  return result;
}

Result<void> check_permissions(const Model& model, const Table& table) {
  const auto& permissions = table.source->select_permissions;
  for (auto permission = permissions.begin(); permission != permissions.end(); ++permission) {
    BUSFLOW_CHECK(table_access(model, table, *permission));
  }
  return {};
}

const TableAccess* RoleAccess::find(const Table* table) const {
  for (const auto& access : tables_) {
    if (access->table == table) return access.get();
  }
  return nullptr;
}

}  // namespace busflow::graphql::schema
