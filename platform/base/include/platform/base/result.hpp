#pragma once

#include <expected>
#include <string>
#include <utility>

#include <platform/base/error.hpp>

namespace busflow {

template <class T>
using Result = std::expected<T, Error>;

/// The error side of any Result: `return fail(ErrorName::kNotFound, "no departure 42");`
inline std::unexpected<Error> fail(ErrorName name, std::string detail = {}, std::string path = {}) {
  return std::unexpected(Error{name, std::move(detail), std::move(path)});
}

}  // namespace busflow

#define BUSFLOW_CONCATENATE_(a, b) a##b
#define BUSFLOW_CONCATENATE(a, b) BUSFLOW_CONCATENATE_(a, b)
#define BUSFLOW_TRY_(result, declaration, expression)             \
  auto&& result = (expression);                                   \
  if (!result) return std::unexpected(std::move(result).error()); \
  declaration = *std::move(result)

/// `BUSFLOW_TRY(auto row, find(id));` binds the value, or returns the error from the enclosing function.
/// Not for coroutines: there write the test and `co_return` out.
#define BUSFLOW_TRY(declaration, expression) \
  BUSFLOW_TRY_(BUSFLOW_CONCATENATE(busflow_result_, __COUNTER__), declaration, expression)

/// The same for Result<void>.
#define BUSFLOW_CHECK(expression) \
  if (auto busflow_checked = (expression); !busflow_checked) return std::unexpected(std::move(busflow_checked).error())
