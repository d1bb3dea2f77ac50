#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <platform/json/json.hpp>

/// Kriti, the language of Hasura's transforms (github.com/hasura/kriti-lang): JSON with {{ expressions }} of paths,
/// operators, if and range.
namespace busflow::kriti {

/// What is wrong with a template, or with what it was applied to.
struct Problem {
  enum class Kind : std::uint8_t { kParse, kType, kRange, kFunction, kLookup };

  Kind kind = Kind::kParse;
  std::string message;
  std::size_t line = 0;    ///< From 0.
  std::size_t column = 0;  ///< From 1, of the first byte.
  std::size_t end_column = 0;

  /// As Hasura shows it: {"error_code", "message", "source_position"}.
  json::Object to_json() const;
};

/// A function that templates call by name with one argument. The text of an error is told.
using Function = std::function<std::expected<json::Value, std::string>(const json::Value& argument)>;
using Functions = std::map<std::string, Function, std::less<>>;
/// not, head, tail, inverse, length, size, toUpper, toLower, toTitle, concat, fromPairs, toPairs, removeNulls, empty,
/// escapeUri
const Functions& standard_functions();

/// What names such as "$body" stand for.
using Bindings = std::map<std::string, json::Value, std::less<>>;

struct Node;

/// A template, read once. Immutable, thread-safe, cheap to copy.
class Template {
 public:
  static std::expected<Template, Problem> parse(std::string_view text);
  /// A text whose only expressions are those between {{ and }}: for addresses and headers.
  static std::expected<Template, Problem> parse_text(std::string_view text);

  /// Nesting, and what `range` makes, are bounded.
  std::expected<json::Value, Problem> render(const Bindings& bindings,
                                             const Functions& functions = standard_functions()) const;

 private:
  explicit Template(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

}  // namespace busflow::kriti
