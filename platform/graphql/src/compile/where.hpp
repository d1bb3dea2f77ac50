#pragma once

#include <string_view>
#include <vector>

#include "compile/input.hpp"
#include "compile/path.hpp"
#include "compile/variables.hpp"
#include "schema/access.hpp"
#include "schema/condition.hpp"

namespace busflow::graphql::compile {

/// Compiles `where` values (t_bool_exp) to conditions. Related rows count only when the role may see them.
class WhereCompiler {
 public:
  explicit WhereCompiler(const VariableResolver& variables) : variables_(variables) {}

  /// `input` must not be a variable.
  Result<schema::Condition> expression(const schema::TableAccess& access, const Input& input, const Path& path) const;

 private:
  Result<schema::Condition> entry(const schema::TableAccess& access, std::string_view key, const Input& value,
                                  const Path& path) const;
  Result<schema::Condition> list(const schema::TableAccess& access, const Input& value, schema::Condition::Kind kind,
                                 const Path& path) const;
  Result<schema::Condition> nested(const schema::TableAccess& access, const Input& value, const Path& path) const;
  Result<schema::Condition> related(const schema::RelationshipAccess& access, const Input& value,
                                    const Path& path) const;
  /// `{count: {predicate: {_gt: 3}, filter: {…}}}` of "rel_aggregate".
  Result<schema::Condition> aggregates(const schema::RelationshipAccess& access, const Input& value,
                                       const Path& path) const;
  Result<schema::Condition> aggregate(const schema::RelationshipAccess& access, std::string_view function,
                                      const Input& value, const Path& path) const;
  Result<std::vector<const schema::Column*>> aggregate_arguments(const schema::TableAccess& access,
                                                                 std::string_view function, const Input& value,
                                                                 const Path& path) const;
  Result<schema::Condition> comparisons(const schema::Naming& naming, const schema::Column& column,
                                        const std::string& cast, const Input& value, const Path& path) const;
  Result<schema::Condition> comparison(const schema::Column& column, const std::string& cast,
                                       const schema::Operator& op, const Input& value, const Path& path) const;
  Result<schema::Condition> item_list(schema::Condition condition, const Input& value, schema::ParameterSource source,
                                      const TypeReference& place, const Path& path) const;

  const VariableResolver& variables_;
};

/// The parameter that stands for `input`, which may be a variable that is bound later. `source` brings rule and SQL
/// type.
Result<schema::ParameterSource> bind_value(const VariableResolver& variables, const Input& input,
                                           const TypeReference& place, schema::ParameterSource source,
                                           const Path& path);

}  // namespace busflow::graphql::compile
