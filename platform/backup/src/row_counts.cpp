#include "row_counts.hpp"

#include <fmt/format.h>

#include <platform/postgres/identifier.hpp>

namespace busflow::backup {

std::string count_statement(std::string_view schema, std::string_view table) {
  return fmt::format("SELECT count(*) FROM ONLY {}.{}", postgres::quote_identifier(schema),
                     postgres::quote_identifier(table));
}

}  // namespace busflow::backup
