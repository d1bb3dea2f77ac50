#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "operations/call.hpp"

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Table;
using graphql::metadata::TableName;
using namespace graphql::metadata;

template <class Permission>
Outcome<json::Value> create(Call& call, std::vector<Permission> Table::* list, std::string_view kind) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(const std::string role, call.args.text("role"));
  if (role == "admin") {
    BUSFLOW_CHECK(call.draft.table(call.args.source(), name));
    return refuse("already-exists", fmt::format("{} permission already defined on table \"{}\" with role \"admin\"",
                                                kind, name.shortened()));
  }
  BUSFLOW_TRY(Permission permission, call.args.part<Permission>({"role", "permission", "comment"}));
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  auto& permissions = table->*list;
  if (std::ranges::find(permissions, role, &Permission::role) != permissions.end()) {
    return refuse("already-exists", fmt::format("{} permission already defined on table \"{}\" with role \"{}\"", kind,
                                                name.shortened(), role));
  }
  permissions.push_back(std::move(permission));
  call.subject =
      fmt::format("{}_permission {} in table {} in source {}", kind, role, name.shortened(), call.args.source());
  return success();
}

template <class Permission>
Outcome<json::Value> drop(Call& call, std::vector<Permission> Table::* list, std::string_view kind) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(const std::string role, call.args.text("role"));
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  if (std::erase_if(table->*list, [&](const Permission& each) { return each.role == role; }) == 0) {
    return refuse("permission-denied",
                  fmt::format("{} permission on \"{}\" for role \"{}\" does not exist", kind, name.shortened(), role));
  }
  return success();
}

template <class Permission>
Outcome<void> set_comment(Call& call, Table& table, std::vector<Permission> Table::* list) {
  BUSFLOW_TRY(const std::string role, call.args.text("role"));
  const auto found = std::ranges::find(table.*list, role, &Permission::role);
  if (found == (table.*list).end())
    return refuse("permission-denied", fmt::format("permission for role \"{}\" does not exist", role));
  found->comment.reset();
  if (call.args.find("comment") != nullptr) found->comment = call.args.text_or("comment", "");
  return {};
}

Outcome<json::Value> set_permission_comment(Call& call) {
  BUSFLOW_TRY(const TableName name, call.args.table());
  BUSFLOW_TRY(const std::string type, call.args.text("type"));
  BUSFLOW_TRY(Table * table, call.draft.edit(call.args.source(), name));
  if (type == "insert") {
    BUSFLOW_CHECK(set_comment(call, *table, &Table::insert_permissions));
  } else if (type == "select") {
    BUSFLOW_CHECK(set_comment(call, *table, &Table::select_permissions));
  } else if (type == "update") {
    BUSFLOW_CHECK(set_comment(call, *table, &Table::update_permissions));
  } else if (type == "delete") {
    BUSFLOW_CHECK(set_comment(call, *table, &Table::delete_permissions));
  } else {
    return refuse("parse-failed", "'type' is insert, select, update or delete", "$.args.type");
  }
  return success();
}

constexpr std::array kOperations = {
    Operation{"create_insert_permission",
              [](Call& call) { return create(call, &Table::insert_permissions, "insert"); }},
    Operation{"create_select_permission",
              [](Call& call) { return create(call, &Table::select_permissions, "select"); }},
    Operation{"create_update_permission",
              [](Call& call) { return create(call, &Table::update_permissions, "update"); }},
    Operation{"create_delete_permission",
              [](Call& call) { return create(call, &Table::delete_permissions, "delete"); }},
    Operation{"drop_insert_permission", [](Call& call) { return drop(call, &Table::insert_permissions, "insert"); }},
    Operation{"drop_select_permission", [](Call& call) { return drop(call, &Table::select_permissions, "select"); }},
    Operation{"drop_update_permission", [](Call& call) { return drop(call, &Table::update_permissions, "update"); }},
    Operation{"drop_delete_permission", [](Call& call) { return drop(call, &Table::delete_permissions, "delete"); }},
    Operation{"set_permission_comment", set_permission_comment},
};

}  // namespace

std::span<const Operation> permission_operations() { return kOperations; }

}  // namespace busflow::graphql_metadata
