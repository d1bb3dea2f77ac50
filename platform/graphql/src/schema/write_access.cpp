#include "schema/write_access.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/postgres/array_literal.hpp>

#include "metadata/node_reader.hpp"
#include "schema/access.hpp"

namespace busflow::graphql::schema {
namespace {

using metadata::ColumnList;
using metadata::invalid;
using metadata::Node;

template <class Permission>
std::unexpected<Error> wrong(const Permission& permission, const Table& table, std::string_view what) {
  return invalid(permission.location,
                 fmt::format("permission of role '{}' on {}: {}", permission.role, table.name.describe(), what));
}

std::vector<const Column*> writable_columns(const Table& table) {
  std::vector<const Column*> columns;
  for (const Column& column : table.columns) {
    if (column.is_writable) columns.push_back(&column);
  }
  return columns;
}

ParameterSource preset_value(const Column& column, const Node& node) {
  ParameterSource source;
  source.sql_type = column.type.sql_type();
  source.kind = ParameterSource::Kind::kInline;
  if (node.kind == Node::Kind::kNull) return source;
  if (node.kind == Node::Kind::kList && column.type.is_array) {
    postgres::ArrayLiteral array;
    for (const Node& item : node.items) array.add(item.text);
    source.constant = std::move(array).finish();
  } else if (column.type.kind == ScalarKind::kJson || node.kind == Node::Kind::kMap) {
    source.constant = json::serialize(to_json(node));
  } else {
    source.constant = node.text;
  }
  if (node.kind != Node::Kind::kText || !lower_case(node.text).starts_with("x-hasura-")) return source;
  source.kind = ParameterSource::Kind::kSessionVariable;
  source.name = lower_case(node.text);
  source.constant.reset();
  return source;
}

template <class Permission>
Result<std::vector<Preset>> presets_of(const Table& table, const Permission& permission) {
  std::vector<Preset> presets;
  for (const auto& [name, node] : permission.set) {
    const Column* column = table.find_column(name);
    if (column == nullptr) return wrong(permission, table, fmt::format("there is no column '{}' to preset", name));
    presets.push_back({.column = column, .value = preset_value(*column, node)});
  }
  return presets;
}

/// The listed columns that are neither generated nor preset.
template <class Permission>
Result<std::vector<const Column*>> open_columns(const Table& table, const Permission& permission,
                                                const ColumnList& listed) {
  for (const auto& name : listed.names) {
    if (table.find_column(name) == nullptr)
      return wrong(permission, table, fmt::format("there is no column '{}'", name));
  }
  auto columns = writable_columns(table);
  std::erase_if(columns, [&](const Column* column) {
    return !listed.contains(column->name) || permission.set.contains(column->name);
  });
  return columns;
}

Result<std::unique_ptr<InsertAccess>> insert_access(const Model& model, const Table& table,
                                                    const metadata::InsertPermission& permission) {
  auto access = std::make_unique<InsertAccess>();
  access->table = &table;
  BUSFLOW_TRY(access->presets, presets_of(table, permission));
  BUSFLOW_TRY(access->columns,
              open_columns(table, permission, permission.columns.value_or(ColumnList{.all = true, .names = {}})));
  BUSFLOW_TRY(access->check, compile_filter(model, table, permission.check));
  return access;
}

Result<std::unique_ptr<UpdateAccess>> update_access(const Model& model, const Table& table,
                                                    const metadata::UpdatePermission& permission) {
  auto access = std::make_unique<UpdateAccess>();
  access->table = &table;
  BUSFLOW_TRY(access->presets, presets_of(table, permission));
  BUSFLOW_TRY(access->columns, open_columns(table, permission, permission.columns));
  BUSFLOW_TRY(access->filter, compile_filter(model, table, permission.filter));
  if (permission.check && permission.check->kind != Node::Kind::kNull) {
    BUSFLOW_TRY(access->check, compile_filter(model, table, *permission.check));
  }
  return access;
}

Result<std::unique_ptr<DeleteAccess>> delete_access(const Model& model, const Table& table,
                                                    const metadata::DeletePermission& permission) {
  auto access = std::make_unique<DeleteAccess>();
  access->table = &table;
  BUSFLOW_TRY(access->filter, compile_filter(model, table, permission.filter));
  return access;
}

template <class Access>
std::unique_ptr<Access> full(const Table& table) {
  auto access = std::make_unique<Access>();
  access->table = &table;
  if constexpr (requires { access->columns; }) access->columns = writable_columns(table);
  return access;
}

class Builder {
 public:
  Builder(const Model& model, const RoleAccess& reads, std::string_view role, bool is_backend)
      : model_(model), reads_(reads), role_(role), is_backend_(is_backend) {}

  Result<WriteAccess> build() {
    for (const auto& table : model_.tables()) {
      const metadata::Table& source = *table->source;
      if (table->is_insertable) BUSFLOW_CHECK(add(*table, source.insert_permissions, insert_access, writes_.inserts));
      if (reads_.find(table.get()) == nullptr) continue;
      if (table->is_updatable) BUSFLOW_CHECK(add(*table, source.update_permissions, update_access, writes_.updates));
      if (table->is_deletable) BUSFLOW_CHECK(add(*table, source.delete_permissions, delete_access, writes_.deletes));
    }
    for (const auto& access : writes_.inserts) {
      access->on_conflict = writes_.find_update(access->table);
      for (const auto& relationship : access->table->relationships) {
        const InsertAccess* target = writes_.find_insert(relationship->target);
        if (target == nullptr) continue;
        access->relationships.push_back(
            std::make_unique<NestedInsert>(NestedInsert{.relationship = relationship.get(), .target = target}));
      }
    }
    return std::move(writes_);
  }

 private:
  template <class Permission, class Compile, class Access>
  Result<void> add(const Table& table, const std::vector<Permission>& permissions, Compile compile,
                   std::vector<std::unique_ptr<Access>>& list) {
    std::unique_ptr<Access> access;
    if (role_ == kAdminRole) {
      access = full<Access>(table);
    } else {
      const Permission* permission = metadata::permission_of(model_.inherited_roles(), permissions, role_).permission;
      if (permission == nullptr || (permission->backend_only && !is_backend_)) return {};
      BUSFLOW_TRY(access, compile(model_, table, *permission));
    }
    access->select = reads_.find(&table);
    list.push_back(std::move(access));
    return {};
  }

  const Model& model_;
  const RoleAccess& reads_;
  const std::string_view role_;
  const bool is_backend_;
  WriteAccess writes_;
};

template <class Accesses>
auto find(const Accesses& accesses, const Table* table) {
  const auto found = std::ranges::find_if(accesses, [&](const auto& access) { return access->table == table; });
  return found == accesses.end() ? nullptr : found->get();
}

const Column* find_by_name(const std::vector<const Column*>& columns, std::string_view graphql_name) {
  const auto found = std::ranges::find(columns, graphql_name, &Column::graphql_name);
  return found == columns.end() ? nullptr : *found;
}

}  // namespace

const Column* UpdateAccess::find_column(std::string_view graphql_name) const {
  return find_by_name(columns, graphql_name);
}

const Column* InsertAccess::find_column(std::string_view graphql_name) const {
  return find_by_name(columns, graphql_name);
}

const NestedInsert* InsertAccess::find_relationship(std::string_view name) const {
  const auto found =
      std::ranges::find_if(relationships, [&](const auto& nested) { return nested->relationship->name == name; });
  return found == relationships.end() ? nullptr : found->get();
}

Result<WriteAccess> WriteAccess::build(const Model& model, const RoleAccess& reads, std::string_view role,
                                       bool is_backend) {
  return Builder(model, reads, role, is_backend).build();
}

const InsertAccess* WriteAccess::find_insert(const Table* table) const { return find(inserts, table); }
const UpdateAccess* WriteAccess::find_update(const Table* table) const { return find(updates, table); }

Result<void> check_write_permissions(const Model& model, const Table& table) {
  for (const auto& permission : table.source->insert_permissions) {
    BUSFLOW_CHECK(insert_access(model, table, permission));
  }
  for (const auto& permission : table.source->update_permissions) {
    BUSFLOW_CHECK(update_access(model, table, permission));
  }
  for (const auto& permission : table.source->delete_permissions) {
    BUSFLOW_CHECK(delete_access(model, table, permission));
  }
  return {};
}

}  // namespace busflow::graphql::schema
