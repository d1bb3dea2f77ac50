#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "language/syntax_tree.hpp"
#include "schema/access.hpp"
#include "schema/write_access.hpp"

namespace busflow::graphql::schema {

struct ActionDefinition;

struct InputValue {
  std::string name;
  std::string_view key{};  ///< What it means, when it is called otherwise: "order_by" of orderBy. Of static storage.
  std::string description{};
  TypeReference type;
  std::optional<language::Value> default_value{};
};

/// A field of an object type, and what it stands for.
struct Field {
  enum class Meaning : std::uint8_t {
    kPlain,  ///< Of an action's output or of introspection: read by name.
    kColumn,
    kRelationship,
    kSelect,
    kSelectByPk,
    kSelectAggregate,
    kStream,  ///< Of subscriptions: new rows, a batch at a time
    kInsert,
    kInsertOne,
    kUpdate,
    kUpdateByPk,
    kUpdateMany,
    kDelete,
    kDeleteByPk,
    kAffectedRows,     ///< of t_mutation_response
    kReturning,        ///< of t_mutation_response
    kAggregateFields,  ///< `aggregate` of t_aggregate
    kAggregateNodes,   ///< `nodes` of t_aggregate
    kCount,
    kAggregateFunction,  ///< `sum`, `avg`, …: its own fields are columns
    kAction,
    kNamespace,   ///< Its own fields are root fields
    kNode,        ///< Of Relay: the row that an id names
    kGlobalId,    ///< Of Relay: a row's id
    kConnection,  ///< Of Relay: rows in pages
    kPageInfo,
    kHasNextPage,
    kHasPreviousPage,
    kStartCursor,
    kEndCursor,
    kEdges,
    kCursor,
    kEdgeNode,
    kSchema,      ///< __schema
    kTypeByName,  ///< __type
  };

  std::string name;
  std::string description;
  std::vector<InputValue> arguments;
  TypeReference type;
  Meaning meaning = Meaning::kPlain;
  const Column* column = nullptr;
  const RelationshipAccess* relationship = nullptr;
  const JoinAccess* join = nullptr;
  const TableAccess* table = nullptr;
  const ActionDefinition* action = nullptr;
  const Function* function = nullptr;  ///< Of root fields: gives the rows.
  const InsertAccess* insert = nullptr;
  std::string_view aggregate{};  ///< Of kAggregateFunction: its name in SQL.
  const UpdateAccess* update = nullptr;
  const DeleteAccess* deletion = nullptr;

  bool is_hidden() const { return name.starts_with("__"); }
  /// Whose tables a root field is about; null when it is about none.
  const Database* database() const;
  const InputValue* find_argument(std::string_view argument) const;
  /// By what it means.
  const InputValue* find_meaning(std::string_view key) const;
};

struct EnumValue {
  std::string name;
  std::string description;
};

/// Relay's interface of everything that has a global id.
inline constexpr std::string_view kNodeType = "Node";

struct Type {
  enum class Kind : std::uint8_t { kScalar, kObject, kEnum, kInputObject, kInterface };

  Kind kind = Kind::kScalar;
  std::string name;
  std::string description;
  std::vector<Field> fields;
  std::vector<InputValue> input_fields;
  std::vector<EnumValue> enum_values;
  bool is_node = false;  ///< Of objects: implements the interface Node.

  /// Whether a fragment on that type applies to objects of this one.
  bool is_a(std::string_view type) const { return type == name || (is_node && type == kNodeType); }
  bool is_leaf() const { return kind == Kind::kScalar || kind == Kind::kEnum; }
  const Field* find_field(std::string_view field) const;
};

/// The schema one role sees. Immutable once built.
struct RoleSchema {
  std::string role;
  std::vector<std::string_view> lineage;  ///< The role and all it inherits from.
  bool is_relay = false;
  bool allows_introspection = true;
  bool infers_function_permissions = true;
  RoleAccess access;
  WriteAccess writes;
  std::vector<std::unique_ptr<const JoinAccess>> joins;
  std::map<std::string, std::unique_ptr<Type>, std::less<>> types;
  const Type* query = nullptr;
  const Type* mutation = nullptr;      ///< Null when the role has none.
  const Type* subscription = nullptr;  ///< Null when the role has none.

  const Type* find(std::string_view name) const;
  /// The role itself, too.
  bool inherits_from(std::string_view other) const;
};

}  // namespace busflow::graphql::schema
