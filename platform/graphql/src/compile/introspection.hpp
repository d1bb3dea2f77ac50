#pragma once

#include <string>
#include <string_view>

#include "compile/selection.hpp"
#include "schema/types.hpp"

namespace busflow::graphql::compile {

/// Answers __schema and __type from the role's schema (section 4 of the specification), as JSON text.
class Introspector {
 public:
  Introspector(const schema::RoleSchema& schema, SelectionCollector& collector, const VariableResolver& variables)
      : schema_(schema), collector_(collector), variables_(variables) {}

  Result<std::string> answer(const CollectedField& field, const Path& path, std::size_t depth);

 private:
  /// Writes one object of the type `meta` ("__Type", …); `member` gives the value of each field as JSON text.
  template <class MemberWriter>
  Result<void> object(std::string& out, std::string_view meta, const SelectionLists& children, const Path& path,
                      std::size_t depth, MemberWriter&& member);
  template <class Items, class ItemWriter>
  static Result<void> list(std::string& out, const Items& items, ItemWriter&& writer);

  Result<void> write_schema(std::string& out, const CollectedField& field, const Path& path, std::size_t depth);
  Result<void> write_type(std::string& out, const TypeReference& type, const SelectionLists& children, const Path& path,
                          std::size_t depth);
  Result<void> write_named_member(std::string& out, const schema::Type& type, const CollectedField& field,
                                  const Path& path, std::size_t depth);
  Result<void> write_field(std::string& out, const schema::Field& field, const SelectionLists& children,
                           const Path& path, std::size_t depth);
  Result<void> write_input(std::string& out, const schema::InputValue& value, const SelectionLists& children,
                           const Path& path, std::size_t depth);
  Result<void> write_enum_value(std::string& out, const schema::EnumValue& value, const SelectionLists& children,
                                const Path& path, std::size_t depth);
  Result<void> write_directive(std::string& out, std::string_view name, const SelectionLists& children,
                               const Path& path, std::size_t depth);

  const schema::RoleSchema& schema_;
  SelectionCollector& collector_;
  const VariableResolver& variables_;
};

}  // namespace busflow::graphql::compile
