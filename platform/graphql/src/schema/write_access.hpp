#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "schema/condition.hpp"

/// What one role may write.
namespace busflow::graphql::schema {

class RoleAccess;
struct TableAccess;

/// A column whose value the permission decides, not the request.
struct Preset {
  const Column* column = nullptr;
  ParameterSource value;
};

struct InsertAccess;

/// A relationship whose rows an insert may bring along.
struct NestedInsert {
  const Relationship* relationship = nullptr;
  const InsertAccess* target = nullptr;
};

struct UpdateAccess {
  const Table* table = nullptr;
  const TableAccess* select = nullptr;
  std::vector<const Column*> columns;
  std::vector<Preset> presets;
  Condition filter;  ///< Which rows.
  Condition check;   ///< What they must fulfil afterwards.

  const Column* find_column(std::string_view graphql_name) const;
};

struct InsertAccess {
  const Table* table = nullptr;
  const TableAccess* select = nullptr;  ///< Null: nothing of the rows may be returned.
  std::vector<const Column*> columns;
  std::vector<Preset> presets;
  std::vector<std::unique_ptr<NestedInsert>> relationships;
  Condition check;
  const UpdateAccess* on_conflict = nullptr;  ///< Null: a conflict can only be ignored.

  const Column* find_column(std::string_view graphql_name) const;
  const NestedInsert* find_relationship(std::string_view name) const;
};

struct DeleteAccess {
  const Table* table = nullptr;
  const TableAccess* select = nullptr;
  Condition filter;
};

/// As in Hasura, rows are chosen by what the role may see: without a select permission it can insert, but neither
/// update nor delete.
struct WriteAccess {
  std::vector<std::unique_ptr<InsertAccess>> inserts;
  std::vector<std::unique_ptr<UpdateAccess>> updates;
  std::vector<std::unique_ptr<DeleteAccess>> deletes;

  /// `is_backend`: with what is for backends only. kInvalidMetadata names file and line.
  static Result<WriteAccess> build(const Model& model, const RoleAccess& reads, std::string_view role, bool is_backend);

  const InsertAccess* find_insert(const Table* table) const;
  const UpdateAccess* find_update(const Table* table) const;
};

/// Compiles a table's write permissions, so that a mistake in one is told at once.
Result<void> check_write_permissions(const Model& model, const Table& table);

}  // namespace busflow::graphql::schema
