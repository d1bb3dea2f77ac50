#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <platform/json/json.hpp>
#include <platform/kriti/template.hpp>

namespace busflow::kriti {

/// An expression.
struct Node {
  enum class Kind : std::uint8_t {
    kConstant,
    kObject,  ///< Of `names` and children.
    kArray,
    kText,      ///< The children's texts, one after the other.
    kVariable,  ///< `name`
    kField,     ///< children[0] . name
    kIndex,     ///< children[0] [ children[1] ]
    kIf,        ///< Condition, then, else.
    kRange,     ///< For each item of children[0]: children[1], with the item as `name` and its index as `index_name`.
    kCall,      ///< `name` of children[0]
    kOperator,  ///< `name` of both children: "==", "??", …
  };

  Kind kind = Kind::kConstant;
  std::string name;
  std::string index_name;
  bool is_optional = false;  ///< Of kField and kIndex: null where there is nothing.
  json::Value constant;
  std::vector<std::string> names;
  std::vector<std::shared_ptr<const Node>> children;
  std::size_t line = 0;
  std::size_t column = 1;
};

using NodePointer = std::shared_ptr<const Node>;

std::expected<NodePointer, Problem> parse_template(std::string_view text);
/// The text of a string with {{ }} in it, escapes undone where `has_escapes`.
std::expected<NodePointer, Problem> parse_interpolated(std::string_view text, bool has_escapes);

std::expected<json::Value, Problem> evaluate(const Node& node, const Bindings& bindings, const Functions& functions);

/// How a value stands in a text: strings as they are, others as JSON.
std::string text_of(const json::Value& value);

}  // namespace busflow::kriti
