#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "compile/path.hpp"
#include "compile/variables.hpp"
#include "language/syntax_tree.hpp"
#include "schema/types.hpp"

namespace busflow::graphql::compile {

using SelectionLists = std::vector<const std::vector<language::Selection>*>;

/// A field of the response: all selections of the same response name, merged.
struct CollectedField {
  std::string response_name;
  const language::Selection* selection = nullptr;  ///< The first.
  SelectionLists children;
  const schema::Field* definition = nullptr;  ///< Null for __typename.

  /// By what it means, whatever the source's naming convention calls it.
  const language::Argument* find_argument(std::string_view name) const;
};

/// Its arguments as they stand; `field` must outlive the function.
FindInput arguments_of(const CollectedField& field);

struct SelectionLimits {
  std::size_t depth = 20;
  std::size_t nodes = 10000;
};

/// Every fragment that the operation reaches must exist, and none may contain itself. To be called before anything that
/// follows fragments, because it bounds how deep they lead.
Result<void> check_fragments(const language::Document& document, const language::Operation& operation);

/// Expands fragments, applies @skip and @include, merges equal response names and validates fields and arguments
/// (sections 5.3, 5.4, 5.5, 5.7 and 6.3.2 of the specification).
class SelectionCollector {
 public:
  SelectionCollector(const schema::RoleSchema& schema, const language::Document& document,
                     const VariableResolver& variables, SelectionLimits limits)
      : schema_(schema), document_(document), variables_(variables), limits_(limits) {}

  /// `path` is that of the object's field, "$" for the operation.
  Result<std::vector<CollectedField>> collect(const schema::Type& parent, const SelectionLists& lists, const Path& path,
                                              std::size_t depth);
  /// Whether what is selected of an interface, outside of fragments on its objects, are the interface's own fields.
  Result<void> check_interface(const schema::Type& type, const SelectionLists& lists, const Path& path) const;

 private:
  Result<void> check_interface(const schema::Type& type, const std::vector<language::Selection>& selections,
                               const Path& path) const;
  Result<void> add(std::vector<CollectedField>& fields, const schema::Type& parent,
                   const std::vector<language::Selection>& selections, std::set<std::string>& visited,
                   const Path& path);
  Result<void> add_field(std::vector<CollectedField>& fields, const schema::Type& parent,
                         const language::Selection& selection, const Path& path);
  Result<void> check_field(const CollectedField& field, const Path& path) const;
  Result<bool> is_included(const std::vector<language::Directive>& directives, const Path& path) const;

  const schema::RoleSchema& schema_;
  const language::Document& document_;
  const VariableResolver& variables_;
  const SelectionLimits limits_;
  std::size_t nodes_ = 0;
};

}  // namespace busflow::graphql::compile
