#include <array>

#include <fmt/format.h>

#include "lexer.hpp"
#include "node.hpp"

namespace busflow::kriti {
namespace {

constexpr std::size_t kDeepest = 64;

using Parsed = std::expected<NodePointer, Problem>;

NodePointer constant(json::Value value) {
  auto node = std::make_shared<Node>();
  node->constant = std::move(value);
  return node;
}

/// Weakest first; those of one level bind from left to right.
constexpr std::array<std::array<std::string_view, 6>, 4> kLevels = {
    {{"||"}, {"&&"}, {"==", "!=", "<", ">", "<=", ">="}, {"??"}}};

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Parsed whole() {
    Parsed node = value();
    if (!node) return node;
    if (peek().kind != Token::Kind::kEnd) return unexpected();
    return node;
  }

 private:
  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  Token take() { return tokens_[std::min(at_++, tokens_.size() - 1)]; }
  bool take_if(std::string_view symbol) {
    if (!peek().is(symbol)) return false;
    ++at_;
    return true;
  }
  /// Of two closing braces in a row the second is blamed, as by the reference.
  std::unexpected<Problem> unexpected() const {
    const bool is_pair = peek().is("}") && peek(1).is("}");
    const Token& token = is_pair ? peek(1) : peek();
    const std::string text = token.kind == Token::Kind::kEnd ? "end of the template" : token.text;
    return std::unexpected(Problem{.message = fmt::format("Unexpected token '{}'.", text),
                                   .line = token.line,
                                   .column = token.column,
                                   .end_column = token.column + std::max<std::size_t>(1, token.text.size())});
  }
  std::shared_ptr<Node> make(Node::Kind kind) const {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->line = peek().line;
    node->column = peek().column;
    return node;
  }
  bool take_end_of_expression() {
    if (!peek().is("}") || !peek(1).is("}")) return false;
    at_ += 2;
    return true;
  }

  static std::unexpected<Problem> too_deep() {
    return std::unexpected(Problem{.message = fmt::format("the template is nested deeper than {} levels", kDeepest)});
  }

  /// JSON, or {{ … }}, or an expression as it stands.
  Parsed value() {
    if (++depth_ > kDeepest) return too_deep();
    Parsed node = value_inside();
    --depth_;
    return node;
  }

  Parsed value_inside() {
    if (take_if("{{")) return braces();
    if (peek().is("{")) return object();
    if (peek().is("[")) return array();
    return operation(0);
  }

  Parsed braces() {
    if (peek().is_name("if")) return condition();
    if (peek().is_name("range")) return range();
    Parsed node = operation(0);
    if (!node) return node;
    if (!take_end_of_expression()) return unexpected();
    return node;
  }

  /// if c }} a {{ elif d }} b {{ else }} c {{ end }}
  Parsed condition() {
    auto node = make(Node::Kind::kIf);
    take();
    Parsed test = operation(0);
    if (!test) return test;
    if (!take_end_of_expression()) return unexpected();
    Parsed yes = value();
    if (!yes) return yes;
    if (!take_if("{{")) return unexpected();
    Parsed no = constant(nullptr);
    if (peek().is_name("elif")) {
      no = condition();
      if (!no) return no;
    } else {
      if (!peek().is_name("else")) return unexpected();
      take();
      if (!take_end_of_expression()) return unexpected();
      no = value();
      if (!no) return no;
      if (!take_if("{{") || !take().is_name("end") || !take_end_of_expression()) return unexpected();
    }
    node->children = {*test, *yes, *no};
    return node;
  }

  /// range i, x := path }} body {{ end }}
  Parsed range() {
    auto node = make(Node::Kind::kRange);
    take();
    if (peek().kind != Token::Kind::kName) return unexpected();
    node->index_name = take().text;
    if (!take_if(",") || peek().kind != Token::Kind::kName) return unexpected();
    node->name = take().text;
    if (!take_if(":=")) return unexpected();
    Parsed items = operation(0);
    if (!items) return items;
    if (!take_end_of_expression()) return unexpected();
    Parsed body = value();
    if (!body) return body;
    if (!take_if("{{") || !take().is_name("end") || !take_end_of_expression()) return unexpected();
    node->children = {*items, *body};
    return node;
  }

  Parsed object() {
    auto node = make(Node::Kind::kObject);
    take();
    while (!take_if("}")) {
      if (!node->children.empty() && !take_if(",")) return unexpected();
      if (peek().kind != Token::Kind::kText) return unexpected();
      Parsed name = parse_interpolated(take().text, true);
      if (!name) return name;
      if ((*name)->kind != Node::Kind::kConstant)
        return std::unexpected(
            Problem{.message = "the name of a field holds no expressions", .line = node->line, .column = node->column});
      node->names.push_back(text_of((*name)->constant));
      if (!take_if(":")) return unexpected();
      Parsed child = value();
      if (!child) return child;
      node->children.push_back(*child);
    }
    return node;
  }

  Parsed array() {
    auto node = make(Node::Kind::kArray);
    take();
    while (!take_if("]")) {
      if (!node->children.empty() && !take_if(",")) return unexpected();
      Parsed child = value();
      if (!child) return child;
      node->children.push_back(*child);
    }
    return node;
  }

  Parsed operation(std::size_t level) {
    if (level > 0) return operation_of(level);
    if (++depth_ > kDeepest) return too_deep();
    Parsed node = operation_of(level);
    --depth_;
    return node;
  }

  Parsed operation_of(std::size_t level) {
    if (level == kLevels.size()) return path();
    Parsed left = operation(level + 1);
    while (left) {
      const auto known =
          std::ranges::find_if(kLevels[level], [&](std::string_view op) { return !op.empty() && peek().is(op); });
      if (known == kLevels[level].end()) return left;
      auto node = make(Node::Kind::kOperator);
      node->name = take().text;
      Parsed right = operation(level + 1);
      if (!right) return right;
      node->children = {*left, *right};
      left = node;
    }
    return left;
  }

  Parsed path() {
    Parsed node = primary();
    while (node) {
      const bool is_optional = peek().is("?.") || peek().is("?[");
      const bool is_field = peek().is(".") || peek().is("?.");
      if (!is_field && !peek().is("[") && !peek().is("?[")) return node;
      auto step = make(is_field ? Node::Kind::kField : Node::Kind::kIndex);
      take();
      step->is_optional = is_optional;
      step->children = {*node};
      if (is_field) {
        if (peek().kind != Token::Kind::kName) return unexpected();
        step->name = take().text;
      } else if (peek().kind == Token::Kind::kQuoted) {
        step->children.push_back(constant(json::Value(take().text)));
        if (!take_if("]")) return unexpected();
      } else {
        Parsed index = operation(0);
        if (!index) return index;
        if (!take_if("]")) return unexpected();
        step->children.push_back(*index);
      }
      node = step;
    }
    return node;
  }

  Parsed primary() {
    if (take_if("(")) {
      Parsed inner = operation(0);
      if (inner && !take_if(")")) return unexpected();
      return inner;
    }
    const Token& token = peek();
    if (token.is("{") || token.is("[") || token.is("{{")) return value();
    if (token.kind == Token::Kind::kText) return parse_interpolated(take().text, true);
    if (token.kind == Token::Kind::kQuoted) return constant(json::Value(take().text));
    if (token.kind == Token::Kind::kNumber || (token.is("-") && peek(1).kind == Token::Kind::kNumber)) {
      const std::string sign = take_if("-") ? "-" : "";
      const auto number = json::parse(sign + peek().text);
      if (!number || !number->is_number()) return unexpected();
      take();
      return constant(*number);
    }
    if (token.kind != Token::Kind::kName) return unexpected();
    return named();
  }

  Parsed named() {
    const Token token = take();
    if (token.text == "true" || token.text == "false") return constant(json::Value(token.text == "true"));
    if (token.text == "null") return constant(nullptr);
    auto node = std::make_shared<Node>();
    node->line = token.line;
    node->column = token.column;
    node->name = token.text;
    node->kind = peek().is("(") ? Node::Kind::kCall : Node::Kind::kVariable;
    if (!take_if("(")) return node;
    Parsed argument = value();
    if (!argument) return argument;
    if (!take_if(")")) return unexpected();
    node->children = {*argument};
    return node;
  }

  const std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

/// A part of a string outside of {{ }}.
std::expected<json::Value, Problem> literal(std::string_view text, bool has_escapes) {
  if (!has_escapes) return json::Value(text);
  auto value = json::parse(fmt::format("\"{}\"", text));
  if (!value) return std::unexpected(Problem{.message = "a string holds what JSON does not allow in one"});
  return std::move(*value);
}

}  // namespace

Parsed parse_interpolated(std::string_view text, bool has_escapes) {
  auto node = std::make_shared<Node>();
  node->kind = Node::Kind::kText;
  while (!text.empty()) {
    const std::size_t start = std::min(text.find("{{"), text.size());
    if (start > 0) {
      auto part = literal(text.substr(0, start), has_escapes);
      if (!part) return std::unexpected(part.error());
      node->children.push_back(constant(std::move(*part)));
    }
    text.remove_prefix(start);
    if (text.empty()) break;
    const std::size_t end = text.find("}}");
    if (end == std::string_view::npos)
      return std::unexpected(Problem{.message = "an expression in a string is not closed"});
    Parsed part = parse_template(text.substr(0, end + 2));
    if (!part) return part;
    node->children.push_back(*part);
    text.remove_prefix(end + 2);
  }
  if (node->children.empty()) return constant(json::Value(""));
  if (node->children.size() == 1 && node->children.front()->kind == Node::Kind::kConstant)
    return node->children.front();
  return node;
}

Parsed parse_template(std::string_view text) {
  auto tokens = tokens_of(text);
  if (!tokens) return std::unexpected(tokens.error());
  return Parser(std::move(*tokens)).whole();
}

}  // namespace busflow::kriti
