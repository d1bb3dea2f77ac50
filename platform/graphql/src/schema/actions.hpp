#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <platform/graphql/metadata.hpp>

#include "language/syntax_tree.hpp"
#include "schema/model.hpp"

namespace busflow::graphql::schema {

struct RoleSchema;

/// An action with its signature as the rest of the schema writes it.
struct ActionDefinition {
  enum class Service : std::uint8_t {
    kCall,   ///< The field's value is the answer.
    kStart,  ///< Of an asynchronous one: the value is the id of a call that is made later.
    kWatch,  ///< The other side of it, by that id: what has become of the call.
  };

  std::string name;
  std::string description;
  OperationKind kind = OperationKind::kMutation;  ///< kQuery of kWatch: a subscription, too.
  Service service = Service::kCall;
  language::FieldDefinition field;
  std::vector<std::string> roles;
  metadata::SourceLocation location;
  const metadata::Action* source = nullptr;

  bool is_open_to(const RoleSchema& schema) const;
  bool is_asynchronous() const { return service != Service::kCall; }
};

/// All packages' actions and the types they use.
struct ActionCatalog {
  std::vector<ActionDefinition> actions;
  std::map<std::string, language::TypeDefinition, std::less<>> types;
  /// From objects of a type, by its name, to tables.
  std::map<std::string, std::vector<std::unique_ptr<const Join>>, std::less<>> joins;

  /// kInvalidMetadata names file and line: types that are unknown, defined twice, or used as input and output at once;
  /// relationships to tables that are not there. The model must outlive the catalog.
  static Result<ActionCatalog> build(const metadata::Metadata& metadata, const Model& model);

  /// Of an asynchronous one, what starts it.
  const ActionDefinition* find(std::string_view name) const;
};

/// PostgreSQL's scalars that signatures may name without declaring them: uuid, date, …
bool is_known_scalar(std::string_view name);

}  // namespace busflow::graphql::schema
