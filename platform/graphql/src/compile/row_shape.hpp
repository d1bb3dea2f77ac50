#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compile/sql_text.hpp"

namespace busflow::graphql::compile {

/// One member of a JSON object: its name and the code that writes the SQL of its value.
struct Member {
  std::string name;
  std::function<Result<void>(SqlText&)> write;
};

/// How rows of a subquery become JSON objects. Usually the subquery has one column per member and row_to_json() does
/// the rest, which is the cheapest. Names longer than PostgreSQL's 63 bytes would be cut, so then the object's text is
/// put together instead.
class RowShape {
 public:
  explicit RowShape(std::vector<Member> members);

  /// What stands between SELECT and FROM of the subquery.
  Result<void> write_columns(SqlText& sql) const;
  /// The JSON object of the subquery's row called `alias`.
  std::string object(const std::string& alias) const;

 private:
  std::vector<Member> members_;
  bool is_concatenated_ = false;
};

/// A JSON object of any number of members, as one expression.
Result<void> write_object(SqlText& sql, const std::vector<Member>& members);

}  // namespace busflow::graphql::compile
