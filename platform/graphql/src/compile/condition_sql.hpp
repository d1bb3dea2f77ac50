#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compile/sql_text.hpp"
#include "schema/condition.hpp"

namespace busflow::graphql::compile {

/// Writes the condition over the row called `alias`. `root` is the row that the condition as a whole is about.
void write_condition(SqlText& sql, const schema::Condition& condition, const std::string& alias,
                     const std::string& root);

/// The values of a function's arguments that the request gives.
using GivenArguments = std::vector<std::pair<const schema::FunctionArgument*, schema::ParameterSource>>;

/// Aliases of rows out of a mutation begin with this: they lack the type of their table.
inline constexpr char kWrittenRow = 'm';

/// `schema.function(row, …)`. `row` is the alias of the row whose computed field it is.
void write_call(SqlText& sql, const schema::Function& function, const std::string& row, const GivenArguments& given);

/// `alias."column"`, or what stands for a computed one; null in rows where the role may not see it.
void write_value(SqlText& sql, const schema::Column& column, const std::string& alias,
                 const GivenArguments& given = {});

/// `target."a" = own."b" AND …`; `true` without columns.
void write_join(SqlText& sql, const schema::Relationship& relationship, const std::string& own,
                const std::string& target);

}  // namespace busflow::graphql::compile
