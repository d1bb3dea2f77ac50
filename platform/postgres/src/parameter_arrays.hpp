#pragma once

#include <cstddef>
#include <functional>

#include <platform/postgres/array_literal.hpp>
#include <platform/postgres/statement.hpp>

namespace busflow::postgres {

/// For one execution in place of several: $n is the array of their values for $n. `parameters_of(request)` gives a
/// request's values; there is at least one request, and all have as many.
template <class Requests, class ParametersOf>
Parameters parameter_arrays(const Requests& requests, ParametersOf parameters_of) {
  Parameters arrays;
  const std::size_t count = std::invoke(parameters_of, requests.front()).size();
  for (std::size_t i = 0; i < count; ++i) {
    ArrayLiteral values;
    for (const auto& request : requests) {
      const Parameter& value = std::invoke(parameters_of, request)[i];
      value ? values.add(*value) : values.add_null();
    }
    arrays.emplace_back(std::move(values).finish());
  }
  return arrays;
}

}  // namespace busflow::postgres
