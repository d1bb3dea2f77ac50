#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include <platform/base/error.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql_metadata {

/// Why an operation was refused, in the words that clients of the reference compare:
/// {"path", "error", "code", "internal"?}.
struct Problem {
  std::string code;
  std::string message;
  std::string path = "$.args";
  json::Value internal{};  ///< Null: none.
  std::uint16_t status = 400;

  Problem(std::string problem_code, std::string text, std::string at = "$.args", json::Value details = nullptr,
          std::uint16_t http_status = 400);
  /// From an error of the platform; conversion, so that BUSFLOW_TRY passes errors on.
  Problem(const Error& error);  // NOLINT(google-explicit-constructor)

  /// Moves the place into the operation that carried it: "$.a" becomes "$.args.a" for the step ".args".
  Problem within(const std::string& step) const;
  std::string to_json() const;
};

template <class T>
using Outcome = std::expected<T, Problem>;

/// The other side of any Outcome: `return refuse("already-tracked", "view/table already tracked: …");`
template <class... Arguments>
std::unexpected<Problem> refuse(Arguments&&... arguments) {
  return std::unexpected(Problem(std::forward<Arguments>(arguments)...));
}

}  // namespace busflow::graphql_metadata
