#pragma once

#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/pool.hpp>

/// Statements as queues use them: each a transaction of its own.
namespace busflow::graphql_events {

/// A statement whose text is made at run time, of parts that several have in common.
struct MadeStatement {
  std::string name;
  std::string text;
  postgres::Statement get() const { return {name, text}; }
};

Result<void> change(Context& context, postgres::Pool& pool, const postgres::Statement& statement,
                    const postgres::Parameters& parameters);
/// The same for one that gives rows.
Result<postgres::Rows> ask(Context& context, postgres::Pool& pool, const postgres::Statement& statement,
                           const postgres::Parameters& parameters);

/// A boolean of PostgreSQL.
std::string to_sql(bool value);

}  // namespace busflow::graphql_events
