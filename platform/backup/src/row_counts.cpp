#include "row_counts.hpp"

#include <charconv>

#include <fmt/format.h>

#include <platform/postgres/identifier.hpp>

namespace busflow::backup {

std::string count_statement(std::string_view schema, std::string_view table) {
  return fmt::format("SELECT count(*) FROM ONLY {}.{}", postgres::quote_identifier(schema),
                     postgres::quote_identifier(table));
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace busflow::backup
