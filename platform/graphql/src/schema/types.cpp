#include "schema/types.hpp"

#include <algorithm>

namespace busflow::graphql::schema {

const Database* Field::database() const {
  const Table* of = table != nullptr      ? table->table
                    : insert != nullptr   ? insert->table
                    : update != nullptr   ? update->table
                    : deletion != nullptr ? deletion->table
                                          : nullptr;
  return of == nullptr ? nullptr : of->database;
}

const InputValue* Field::find_argument(std::string_view argument) const {
  const auto found = std::ranges::find(arguments, argument, &InputValue::name);
  return found == arguments.end() ? nullptr : &*found;
}

const InputValue* Field::find_meaning(std::string_view key) const {
  const auto found = std::ranges::find_if(arguments, [&](const InputValue& argument) {
    return (argument.key.empty() ? argument.name : argument.key) == key;
  });
  return found == arguments.end() ? nullptr : &*found;
}

const Field* Type::find_field(std::string_view field) const {
  const auto found = std::ranges::find(fields, field, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

const Type* RoleSchema::find(std::string_view name) const {
  const auto found = types.find(name);
  return found == types.end() ? nullptr : found->second.get();
}

bool RoleSchema::inherits_from(std::string_view other) const {
  return std::ranges::find(lineage, other) != lineage.end();
}

}  // namespace busflow::graphql::schema
