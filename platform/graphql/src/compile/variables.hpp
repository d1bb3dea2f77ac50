#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/json/json.hpp>

#include "compile/input.hpp"
#include "compile/path.hpp"
#include "language/syntax_tree.hpp"
#include "schema/actions.hpp"
#include "schema/types.hpp"

namespace busflow::graphql::compile {

/// What every request must be told about one variable of an operation.
struct VariableInfo {
  std::string name;
  TypeReference type;
  bool has_default = false;
  bool is_used = false;
  /// Its value decides which statement is made: `where` and `order_by` objects, enums, Booleans, arguments of
  /// introspection.
  bool is_structural = false;
  /// Whether it is given decides: a column whose variable is absent is left out of an insert or update.
  bool counts_when_absent = false;

  bool decides_statement() const { return is_structural || counts_when_absent; }
};

/// Looks through the operation and the fragments it reaches. kValidationFailed for variables defined twice or not at
/// all.
Result<std::vector<VariableInfo>> describe_variables(const language::Document& document,
                                                     const language::Operation& operation,
                                                     const schema::RoleSchema& schema,
                                                     const schema::ActionCatalog& actions);

/// The checks of every request, cached plan or not: required ones given, none null that may not be, none unknown.
Result<void> check_variables(std::span<const VariableInfo> variables, const json::Object& values);

/// As JSON: given, or its default.
std::optional<json::Value> value_of_variable(const std::string& name, const json::Object& values,
                                             const std::vector<language::VariableDefinition>& definitions);

/// What of the structural variables' values decides the statement: keys, lengths, nulls, enum values and Booleans, but
/// no other scalars. Two requests of equal shape share a plan.
std::string shape_of(std::span<const VariableInfo> variables, const json::Object& values,
                     const schema::RoleSchema& schema);

/// Replaces variables by what they stand for, checking that their declared type fits the place (section 5.8.5 of the
/// specification).
class VariableResolver {
 public:
  VariableResolver(const language::Operation& operation, std::span<const VariableInfo> infos,
                   const json::Object& values)
      : operation_(operation), infos_(infos), values_(values) {}

  /// Nothing when the variable was not given and has no default. A variable that is not structural stays one
  /// (kVariable): its value is bound later. With `want_value` it is replaced all the same (arguments of actions, which
  /// are read anew by each request).
  Result<std::optional<Input>> resolve(const Input& input, const TypeReference& place, bool place_has_default,
                                       const Path& path, bool want_value = false) const;

  const language::VariableDefinition* definition(std::string_view name) const;
  const std::vector<language::VariableDefinition>& definitions() const { return operation_.variables; }
  /// As JSON, whatever its type is: given, or its default.
  std::optional<json::Value> json_value(const std::string& name) const;

 private:
  const language::Operation& operation_;
  std::span<const VariableInfo> infos_;
  const json::Object& values_;
};

}  // namespace busflow::graphql::compile
