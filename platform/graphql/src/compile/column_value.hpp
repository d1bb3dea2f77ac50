#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compile/input.hpp"
#include "compile/path.hpp"
#include "compile/variables.hpp"
#include "schema/model.hpp"
#include "schema/parameter.hpp"

namespace busflow::graphql::compile {

/// What a value that is written has to look like; `sql_type` is what the statement casts it to.
struct WrittenValue {
  TypeReference place;  ///< The declared type of the place in the request.
  schema::ScalarKind kind = schema::ScalarKind::kOther;
  std::string type_name;
  std::string sql_type;
  bool is_list = false;
  bool is_nullable = true;
  CatalogEnumValues enum_values;

  static WrittenValue of(const schema::ColumnType& type);
};

/// The parameter for a value of an insert or update, or for an argument of a function; nothing when it is a variable
/// that was not given.
Result<std::optional<schema::ParameterSource>> written_parameter(const VariableResolver& variables, const Input& input,
                                                                 const WrittenValue& value, const Path& path);

using KeyValues = std::vector<std::pair<const schema::Column*, schema::ParameterSource>>;

/// The table's primary key out of a field's arguments, or the fields of an input object. `path` is that of what holds
/// them.
Result<KeyValues> read_primary_key(const VariableResolver& variables, const schema::Table& table, const FindInput& find,
                                   const Path& path);

}  // namespace busflow::graphql::compile
