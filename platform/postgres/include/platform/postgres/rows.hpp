#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct pg_result;

namespace busflow::postgres {

/// The rows a statement returned. Owns libpq's result, which those of one row() share; views stay valid as long as it
/// lives.
class Rows {
 public:
  Rows() = default;
  /// Takes ownership of a libpq result.
  explicit Rows(pg_result* result);

  /// Null for a result that was never there.
  const pg_result* native() const { return result_.get(); }

  /// That row alone, as its row 0.
  Rows row(std::size_t row) const;

  std::size_t size() const;
  bool empty() const { return size() == 0; }
  /// Rows that an INSERT, UPDATE or DELETE touched.
  std::size_t affected() const;

  /// Whether the statement was one that yields rows, also when there are none.
  bool has_columns() const { return columns() > 0; }
  std::size_t columns() const;
  std::string_view column_name(std::size_t column) const;

  bool is_null(std::size_t row, std::size_t column) const;
  /// Empty for NULL; see is_null().
  std::string_view text(std::size_t row, std::size_t column) const;
  /// A whole number; 0 for NULL and for what is none.
  std::int64_t integer(std::size_t row, std::size_t column) const;
  std::int64_t integer(std::size_t row, std::string_view column) const;
  /// By column name. A name that the result lacks is a fault (std::logic_error).
  std::string_view text(std::size_t row, std::string_view column) const;
  std::optional<std::string_view> optional_text(std::size_t row, std::string_view column) const;

 private:
  std::size_t column_index(std::string_view column) const;

  std::shared_ptr<pg_result> result_;
  std::size_t first_row_ = 0;
  std::optional<std::size_t> size_;  ///< Nothing: all from the first on.
};

}  // namespace busflow::postgres
