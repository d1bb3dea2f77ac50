#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/json/json.hpp>
#include <platform/postgres/statement.hpp>

#include "language/syntax_tree.hpp"
#include "schema/parameter.hpp"

namespace busflow::graphql::compile {

/// A value of a request: a literal of the document, or JSON out of the variables. Refers to both; cheap to copy.
class Input {
 public:
  enum class Kind : std::uint8_t { kNull, kBoolean, kInteger, kFloat, kString, kEnum, kList, kObject, kVariable };

  static Input literal(const language::Value& value);
  /// `inside` leads from the variable's value to this part of it.
  static Input json(const json::Value& value, std::string variable, std::vector<schema::PathStep> inside = {});

  Kind kind() const;
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_json() const { return json_ != nullptr; }
  /// Null when it is JSON.
  const language::Value* as_literal() const { return json_ == nullptr ? literal_ : nullptr; }
  bool boolean() const;
  /// Of numbers, strings, enum values and variables.
  std::string text() const;
  /// "an integer", "a string": for messages, in Hasura's words.
  std::string_view describe() const;

  std::size_t item_count() const;
  Input item(std::size_t index) const;
  std::size_t field_count() const;
  std::string_view field_name(std::size_t index) const;
  Input field(std::size_t index) const;
  std::optional<Input> find(std::string_view name) const;

  /// The part of a variable that this is; empty for literals.
  const std::string& variable() const { return variable_; }
  const std::vector<schema::PathStep>& inside() const { return inside_; }

  /// Whether a variable stands anywhere in the literal.
  bool mentions_variable() const;
  /// As JSON; enum values become strings. Not for literals that mention variables.
  json::Value to_json() const;

 private:
  const language::Value* literal_ = nullptr;
  const json::Value* json_ = nullptr;
  std::string variable_;
  std::vector<schema::PathStep> inside_;
};

/// Finds values by name: the arguments of a field, or the fields of an input object.
using FindInput = std::function<std::optional<Input>(std::string_view name)>;

/// The value in PostgreSQL's text format, or the error Hasura gives for a value that does not fit, with the rule's
/// path.
Result<postgres::Parameter> coerce(const Input& input, const schema::ValueRule& rule);

/// "a.b[0]", "$.a", as a text[] for the #> operator. kParseFailed at `path`.
Result<std::string> json_path_array(std::string_view text, const std::string& path);

/// `expected <what> for type '<type>', but found <input>`
std::unexpected<Error> mismatch(const Input& input, std::string_view expected, std::string_view type, std::string path);

}  // namespace busflow::graphql::compile
