#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "language/syntax_tree.hpp"
#include "schema/model.hpp"

namespace busflow::graphql::schema {

/// A field name or a position in a list, inside a variable's value.
using PathStep = std::variant<std::string, std::size_t>;

/// What a value in a request has to look like.
struct ValueRule {
  ScalarKind kind = ScalarKind::kOther;
  std::string type_name;  ///< In GraphQL, for messages.
  bool is_list = false;
  bool is_nullable = false;
  CatalogEnumValues enum_values;  ///< Of kEnum.
  /// The text is a cursor of Relay with these keys; the value is its JSON.
  std::shared_ptr<const std::vector<std::string>> cursor_keys;
  std::string path;  ///< Where the value is used, for errors: "$.selectionSet.t.args.where.id._eq".
};

struct JsonTemplate {
  language::Value literal;
  std::vector<language::VariableDefinition> variables;  ///< Of the operation, for their defaults.
};

/// Where the statement gets the value of one parameter from.
struct ParameterSource {
  enum class Kind : std::uint8_t {
    kConstant,  ///< A literal of the request: bound, so that requests which differ in it share a statement.
    kInline,    ///< A literal of the metadata, or a number: stands in the statement, where the planner sees it.
    kSessionVariable,
    kSession,  ///< All session variables, as a JSON object.
    kVariable,
    kJsonTemplate,  ///< A JSON literal with variables in it.
    kJoinKeys,      ///< Of a join: the list of the keys, known when the rows that have them are there.
  };

  Kind kind = Kind::kConstant;
  std::string name;              ///< Of the session variable (lower case) or of the variable.
  std::vector<PathStep> inside;  ///< kVariable: the way into its value.
  std::optional<std::string>
      constant;  ///< kConstant, kInline: the value. kVariable: the default, when the request gives none.
  bool has_default = false;
  bool is_path = false;  ///< kVariable: text such as "a.b[0]", bound as a text[].
  ValueRule rule;        ///< kVariable.
  std::string sql_type;  ///< The statement casts to it.
  std::shared_ptr<const JsonTemplate> json_template;
};

}  // namespace busflow::graphql::schema
