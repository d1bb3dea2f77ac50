#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schema/model.hpp"
#include "schema/operators.hpp"
#include "schema/parameter.hpp"

namespace busflow::graphql::schema {

/// A boolean expression over one table's row: a permission's filter or a request's `where`.
struct Condition {
  enum class Kind : std::uint8_t {
    kAnd,  ///< All children; none: true.
    kOr,   ///< Any child; none: false.
    kNot,
    kCompare,        ///< column `comparison` value
    kCompareColumn,  ///< column `comparison` other_column
    kIsNull,
    kIsNotNull,
    kRelated,  ///< A row across `relationship` fulfils the child.
    kExists,   ///< A row of `table` fulfils the child.
    /// An aggregate over the rows across `relationship` that fulfil the first child fulfils the second, whose column is
    /// `aggregated`.
    kAggregate,
  };

  Kind kind = Kind::kAnd;
  std::vector<Condition> children;
  const Column* column = nullptr;
  std::string cast;  ///< Compares `column::cast`.
  const Operator* comparison = nullptr;
  std::vector<ParameterSource> values;  ///< One; or the items of a list, when `is_item_list`.
  bool is_item_list = false;
  const Column* other_column = nullptr;
  bool is_other_of_root = false;  ///< `other_column` belongs to the table the permission is about.
  const Relationship* relationship = nullptr;
  const Table* table = nullptr;
  std::string_view aggregate{};  ///< In SQL: "count", "bool_and", "bool_or".
  std::vector<const Column*> arguments;
  bool is_distinct = false;
  std::shared_ptr<const Column> aggregated;

  bool is_true() const { return kind == Kind::kAnd && children.empty(); }
  static Condition all_of(std::vector<Condition> children) {
    Condition condition;
    condition.children = std::move(children);
    return condition;
  }
};

/// Compiles a permission's filter. kInvalidMetadata names file and line of what does not fit the table.
Result<Condition> compile_filter(const Model& model, const Table& table, const metadata::Node& filter);

}  // namespace busflow::graphql::schema
