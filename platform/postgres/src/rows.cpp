#include <platform/postgres/rows.hpp>

#include <charconv>
#include <stdexcept>
#include <string>

#include <libpq-fe.h>

#include <fmt/format.h>

namespace busflow::postgres {

Rows::Rows(pg_result* result) {
  if (result != nullptr) result_ = std::shared_ptr<pg_result>(result, PQclear);
}

Rows Rows::row(std::size_t row) const {
  Rows one = *this;
  one.first_row_ = first_row_ + row;
  one.size_ = 1;
  return one;
}

std::size_t Rows::size() const {
  if (size_) return *size_;
  return result_ ? static_cast<std::size_t>(PQntuples(result_.get())) : 0;
}

std::size_t Rows::affected() const {
  if (!result_) return 0;
  const std::string_view text = PQcmdTuples(result_.get());
  std::size_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

std::size_t Rows::columns() const { return result_ ? static_cast<std::size_t>(PQnfields(result_.get())) : 0; }

std::string_view Rows::column_name(std::size_t column) const {
  return PQfname(result_.get(), static_cast<int>(column));
}

bool Rows::is_null(std::size_t row, std::size_t column) const {
  return PQgetisnull(result_.get(), static_cast<int>(first_row_ + row), static_cast<int>(column)) != 0;
}

std::string_view Rows::text(std::size_t row, std::size_t column) const {
  const auto r = static_cast<int>(first_row_ + row);
  const auto c = static_cast<int>(column);
  return {PQgetvalue(result_.get(), r, c), static_cast<std::size_t>(PQgetlength(result_.get(), r, c))};
}

std::size_t Rows::column_index(std::string_view column) const {
  const int index = PQfnumber(result_.get(), std::string(column).c_str());
  if (index < 0) throw std::logic_error(fmt::format("the statement returns no column '{}'", column));
  return static_cast<std::size_t>(index);
}

std::int64_t Rows::integer(std::size_t row, std::size_t column) const {
  const auto digits = text(row, column);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::int64_t Rows::integer(std::size_t row, std::string_view column) const {
  return integer(row, column_index(column));
}

std::string_view Rows::text(std::size_t row, std::string_view column) const { return text(row, column_index(column)); }

std::optional<std::string_view> Rows::optional_text(std::size_t row, std::string_view column) const {
  const auto index = column_index(column);
  if (is_null(row, index)) return std::nullopt;
  return text(row, index);
}

}  // namespace busflow::postgres
