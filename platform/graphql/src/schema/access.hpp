#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/condition.hpp"

/// What one role may see of the tracked tables.
namespace busflow::graphql::schema {

struct TableAccess;

struct RelationshipAccess {
  const Relationship* relationship = nullptr;
  const TableAccess* target = nullptr;

  /// Of a computed field: it needs more than the row.
  bool takes_input() const { return relationship->function != nullptr && relationship->function->takes_input(); }
};

/// A join that the role may follow.
struct JoinAccess {
  const Join* join = nullptr;
  const TableAccess* target = nullptr;
  std::vector<const Column*> own_columns;  ///< As the role sees them; of tables.
};

struct TableAccess {
  /// Which fields an operation's root has for the table.
  struct RootFields {
    bool select = true;
    bool by_pk = true;
    bool aggregate = true;
    bool stream = true;  ///< Of subscriptions.
  };

  const Table* table = nullptr;
  std::vector<const Column*> columns;  ///< In the table's order.
  std::vector<const Column*> computed_columns;
  /// Those of them that are not to be seen in every row, and when they are; the table's own otherwise.
  std::vector<std::unique_ptr<const Column>> partial_columns;
  std::vector<std::unique_ptr<const Condition>> visibilities;
  std::vector<std::unique_ptr<RelationshipAccess>> relationships;  ///< Computed ones last.
  Condition filter;
  std::optional<std::int64_t> limit;
  RootFields query;
  RootFields subscription;

  const Column* find_column(std::string_view graphql_name) const;
  /// A column, or a computed field that needs nothing but the row.
  const Column* find_value(std::string_view graphql_name) const;
  const RelationshipAccess* find_relationship(std::string_view name) const;
  /// Of "rel_aggregate": the array relationship `rel`, when the role may aggregate its rows.
  const RelationshipAccess* find_aggregate(std::string_view name) const;
};

class RoleAccess {
 public:
  /// "admin" sees everything; a role without any permission sees nothing. kInvalidMetadata names file and line.
  static Result<RoleAccess> build(const Model& model, std::string_view role);

  const std::vector<std::unique_ptr<TableAccess>>& tables() const { return tables_; }
  const TableAccess* find(const Table* table) const;

 private:
  std::vector<std::unique_ptr<TableAccess>> tables_;
};

/// Compiles a table's permissions, so that a mistake in one is told at once and not to the first who asks.
Result<void> check_permissions(const Model& model, const Table& table);

inline constexpr std::string_view kAdminRole = "admin";

}  // namespace busflow::graphql::schema
