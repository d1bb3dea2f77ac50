#include "language/token_stream.hpp"

#include <fmt/format.h>

namespace busflow::graphql::language {

Result<void> TokenStream::advance() {
  if (++tokens_ > limits_.tokens)
    return syntax_error(current_.position, fmt::format("the document has more than {} tokens", limits_.tokens));
  BUSFLOW_TRY(current_, lexer_.next());
  return {};
}

Result<void> TokenStream::Level::check() const {
  if (stream_.depth_ <= stream_.limits_.nesting) return {};
  return syntax_error(stream_.current_.position,
                      fmt::format("the document is nested deeper than {} levels", stream_.limits_.nesting));
}

std::unexpected<Error> TokenStream::expected(std::string_view what) const {
  return syntax_error(current_.position, fmt::format("expected {}, but found {}", what, current_.describe()));
}

Result<bool> TokenStream::accept(char punctuator) {
  if (!current_.is(punctuator)) return false;
  BUSFLOW_CHECK(advance());
  return true;
}

Result<bool> TokenStream::accept_name(std::string_view name) {
  if (!current_.is_name(name)) return false;
  BUSFLOW_CHECK(advance());
  return true;
}

Result<void> TokenStream::expect(char punctuator) {
  if (!current_.is(punctuator)) return expected(fmt::format("'{}'", punctuator));
  return advance();
}

Result<std::string> TokenStream::name(std::string_view what) {
  if (current_.kind != Token::Kind::kName) return expected(what);
  std::string text(current_.text);
  BUSFLOW_CHECK(advance());
  return text;
}

Result<TypeReference> TokenStream::type() {
  const Level level(*this);
  BUSFLOW_CHECK(level.check());
  TypeReference result;
  BUSFLOW_TRY(const bool is_list, accept('['));
  if (is_list) {
    BUSFLOW_TRY(const TypeReference item, type());
    BUSFLOW_CHECK(expect(']'));
    result = item.list();
  } else {
    BUSFLOW_TRY(std::string type_name, name("a type"));
    result = TypeReference(std::move(type_name));
  }
  BUSFLOW_TRY(const bool is_non_null, accept('!'));
  return is_non_null ? result.non_null() : result;
}

Result<Value> TokenStream::value(bool constant) {
  const Level level(*this);
  BUSFLOW_CHECK(level.check());
  if (current_.is('$')) {
    if (constant) return expected("a constant value");
    BUSFLOW_CHECK(advance());
    Value variable;
    variable.kind = Value::Kind::kVariable;
    BUSFLOW_TRY(variable.text, name("the name of a variable"));
    return variable;
  }
  if (current_.is('[')) return list_value(constant);
  if (current_.is('{')) return object_value(constant);
  return scalar_value();
}

Result<Value> TokenStream::list_value(bool constant) {
  Value list;
  list.kind = Value::Kind::kList;
  BUSFLOW_CHECK(expect('['));
  while (!current_.is(']')) {
    BUSFLOW_TRY(Value item, value(constant));
    list.items.push_back(std::move(item));
  }
  BUSFLOW_CHECK(advance());
  return list;
}

Result<Value> TokenStream::object_value(bool constant) {
  Value object;
  object.kind = Value::Kind::kObject;
  BUSFLOW_CHECK(expect('{'));
  while (!current_.is('}')) {
    const Position position = current_.position;
    BUSFLOW_TRY(std::string field, name("the name of an input field"));
    for (const auto& [known, ignored] : object.fields) {
      if (known == field) return syntax_error(position, fmt::format("the input field '{}' is given twice", field));
    }
    BUSFLOW_CHECK(expect(':'));
    BUSFLOW_TRY(Value field_value, value(constant));
    object.fields.push_back({std::move(field), std::move(field_value)});
  }
  BUSFLOW_CHECK(advance());
  return object;
}

Result<Value> TokenStream::scalar_value() {
  Value result;
  switch (current_.kind) {
    case Token::Kind::kInteger: result.kind = Value::Kind::kInteger; break;
    case Token::Kind::kFloat: result.kind = Value::Kind::kFloat; break;
    case Token::Kind::kString: {
      result.kind = Value::Kind::kString;
      BUSFLOW_TRY(result.text, decode_string(current_));
      BUSFLOW_CHECK(advance());
      return result;
    }
    case Token::Kind::kBlockString:
      result.kind = Value::Kind::kString;
      result.text = decode_block_string(current_.text);
      BUSFLOW_CHECK(advance());
      return result;
    case Token::Kind::kName:
      if (current_.text == "true" || current_.text == "false") {
        result.kind = Value::Kind::kBoolean;
        result.boolean = current_.text == "true";
      } else {
        result.kind = current_.text == "null" ? Value::Kind::kNull : Value::Kind::kEnum;
      }
      break;
    default: return expected("a value");
  }
  result.text = current_.text;
  BUSFLOW_CHECK(advance());
  return result;
}

}  // namespace busflow::graphql::language
