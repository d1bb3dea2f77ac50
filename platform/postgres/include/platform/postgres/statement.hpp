#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace busflow::postgres {

/// A value bound to $n, in PostgreSQL's text format; nothing is NULL.
using Parameter = std::optional<std::string>;
using Parameters = std::vector<Parameter>;

/// Named SQL. The name ("backoffice.find_departure") is unique in the program: the statement is prepared under it once
/// per connection, and it tells queries apart in logs. The same name always goes with the same text.
struct Statement {
  std::string_view name;
  std::string_view text;
};

/// A statement with its values.
struct Call {
  Statement statement;
  Parameters parameters;
};

}  // namespace busflow::postgres
