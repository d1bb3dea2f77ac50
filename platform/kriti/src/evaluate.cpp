#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "node.hpp"

namespace busflow::kriti {
namespace {

using Value = std::expected<json::Value, Problem>;

constexpr std::size_t kMostValues = 1000000;  // That one rendering may make.

std::unexpected<Problem> wrong(const Node& at, Problem::Kind kind, std::string message) {
  return std::unexpected(Problem{.kind = kind,
                                 .message = std::move(message),
                                 .line = at.line,
                                 .column = at.column,
                                 .end_column = at.column + std::max<std::size_t>(1, at.name.size())});
}

/// -1, 0, 1; nothing for values that have no order.
std::optional<int> order_of(const json::Value& a, const json::Value& b) {
  if (a.is_number() && b.is_number()) {
    const double x = a.to_number<double>();
    const double y = b.to_number<double>();
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (a.is_string() && b.is_string()) {
    const int order = std::string_view(a.get_string()).compare(std::string_view(b.get_string()));
    return order < 0 ? -1 : order > 0 ? 1 : 0;
  }
  return std::nullopt;
}

class Evaluator {
 public:
  Evaluator(const Bindings& bindings, const Functions& functions) : bindings_(bindings), functions_(functions) {}

  Value run(const Node& node) {
    if (++values_ > kMostValues)
      return wrong(node, Problem::Kind::kRange, fmt::format("the template makes more than {} values", kMostValues));
    switch (node.kind) {
      case Node::Kind::kConstant: return node.constant;
      case Node::Kind::kObject: return object(node);
      case Node::Kind::kArray: return array(node);
      case Node::Kind::kText: return text(node);
      case Node::Kind::kVariable: return variable(node);
      case Node::Kind::kField:
      case Node::Kind::kIndex: return step(node);
      case Node::Kind::kIf: return condition(node);
      case Node::Kind::kRange: return range(node);
      case Node::Kind::kCall: return call(node);
      case Node::Kind::kOperator: return operation(node);
    }
    return json::Value(nullptr);
  }

 private:
  Value object(const Node& node) {
    json::Object result;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      Value value = run(*node.children[i]);
      if (!value) return value;
      result[node.names[i]] = std::move(*value);
    }
    return result;
  }

  Value array(const Node& node) {
    json::Array result;
    for (const auto& child : node.children) {
      Value value = run(*child);
      if (!value) return value;
      // As in the reference's examples, an array that holds nothing but a loop is the loop's.
      if (child->kind == Node::Kind::kRange && node.children.size() == 1) return value;
      result.push_back(std::move(*value));
    }
    return result;
  }

  Value text(const Node& node) {
    std::string result;
    for (const auto& child : node.children) {
      const Value value = run(*child);
      if (!value) return value;
      if (value->is_object() || value->is_array())
        return wrong(*child, Problem::Kind::kType, "Cannot interpolate an object or array into a string.");
      result += text_of(*value);
    }
    return json::Value(result);
  }

  Value variable(const Node& node) {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (scope->first == node.name) return scope->second;
    }
    const auto known = bindings_.find(node.name);
    if (known != bindings_.end()) return known->second;
    return wrong(node, Problem::Kind::kLookup, fmt::format("\"{}\" is not bound.", node.name));
  }

  /// What was looked up optionally and is not there ends the whole path: `$body?.foo.bar` is null.
  Value step(const Node& node) {
    bool is_over = false;
    return step(node, is_over);
  }

  Value step(const Node& node, bool& is_over) {
    const Node& from = *node.children.front();
    const bool is_step = from.kind == Node::Kind::kField || from.kind == Node::Kind::kIndex;
    const Value value = is_step ? step(from, is_over) : run(from);
    if (!value || is_over) return value;
    const json::Value* found = nullptr;
    if (node.kind == Node::Kind::kField) {
      if (const auto* object = value->if_object()) found = object->if_contains(node.name);
    } else {
      const Value index = run(*node.children[1]);
      if (!index) return index;
      found = item(*value, *index);
    }
    if (found != nullptr) return *found;
    if (node.is_optional) {
      is_over = true;
      return json::Value(nullptr);
    }
    const std::string what = node.kind == Node::Kind::kField ? node.name : std::string("the index");
    return wrong(node, Problem::Kind::kLookup, fmt::format("\"{}\" not found in object.", what));
  }

  static const json::Value* item(const json::Value& value, const json::Value& index) {
    if (index.is_string()) {
      const auto* object = value.if_object();
      return object == nullptr ? nullptr : object->if_contains(index.get_string());
    }
    const auto* array = value.if_array();
    const bool is_place = index.is_int64() && index.get_int64() >= 0;
    return array == nullptr || !is_place ? nullptr : array->if_contains(static_cast<std::size_t>(index.get_int64()));
  }

  Value condition(const Node& node) {
    const Value test = run(*node.children[0]);
    if (!test) return test;
    if (!test->is_bool()) return wrong(node, Problem::Kind::kType, "The condition of an 'if' is not a boolean.");
    return run(*node.children[test->get_bool() ? 1 : 2]);
  }

  Value range(const Node& node) {
    const Value items = run(*node.children[0]);
    if (!items) return items;
    if (!items->is_array()) return wrong(node, Problem::Kind::kRange, "A 'range' needs an array.");
    json::Array result;
    for (std::size_t i = 0; i < items->get_array().size(); ++i) {
      if (node.index_name != "_") scopes_.emplace_back(node.index_name, json::Value(i));
      scopes_.emplace_back(node.name, items->get_array()[i]);
      Value value = run(*node.children[1]);
      scopes_.resize(scopes_.size() - (node.index_name != "_" ? 2 : 1));
      if (!value) return value;
      result.push_back(std::move(*value));
    }
    return result;
  }

  Value call(const Node& node) {
    const auto known = functions_.find(node.name);
    if (known == functions_.end())
      return wrong(node, Problem::Kind::kFunction, fmt::format("Function '{}' is not defined.", node.name));
    const Value argument = run(*node.children[0]);
    if (!argument) return argument;
    auto result = known->second(*argument);
    if (!result) return wrong(node, Problem::Kind::kFunction, result.error());
    return std::move(*result);
  }

  Value operation(const Node& node) {
    Value left = run(*node.children[0]);
    if (!left) return left;
    if (node.name == "??") return left->is_null() ? run(*node.children[1]) : left;
    if (node.name == "&&" || node.name == "||") {
      if (!left->is_bool()) return wrong(node, Problem::Kind::kType, "Both sides must be booleans.");
      if (left->get_bool() == (node.name == "||")) return left;
      Value right = run(*node.children[1]);
      if (right && !right->is_bool()) return wrong(node, Problem::Kind::kType, "Both sides must be booleans.");
      return right;
    }
    const Value right = run(*node.children[1]);
    if (!right) return right;
    const auto order = order_of(*left, *right);
    if (node.name == "==") return json::Value(order ? *order == 0 : *left == *right);
    if (node.name == "!=") return json::Value(order ? *order != 0 : *left != *right);
    if (!order) return wrong(node, Problem::Kind::kType, "These values have no order.");
    return json::Value(node.name == "<"    ? *order < 0
                       : node.name == ">"  ? *order > 0
                       : node.name == "<=" ? *order <= 0
                                           : *order >= 0);
  }

  const Bindings& bindings_;
  const Functions& functions_;
  std::vector<std::pair<std::string, json::Value>> scopes_;
  std::size_t values_ = 0;
};

}  // namespace

std::string text_of(const json::Value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

Value evaluate(const Node& node, const Bindings& bindings, const Functions& functions) {
  return Evaluator(bindings, functions).run(node);
}

}  // namespace busflow::kriti
