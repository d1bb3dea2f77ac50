#pragma once

#include <string>

#include "compile/sql_text.hpp"
#include "schema/condition.hpp"

namespace busflow::graphql::compile {

/// Writes the condition over the row called `alias`. `root` is the row that the condition as a whole is about.
void write_condition(SqlText& sql, const schema::Condition& condition, const std::string& alias,
                     const std::string& root);

/// `target."a" = own."b" AND …`
void write_join(SqlText& sql, const schema::Relationship& relationship, const std::string& own,
                const std::string& target);

}  // namespace busflow::graphql::compile
