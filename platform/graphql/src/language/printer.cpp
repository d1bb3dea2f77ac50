#include "language/printer.hpp"

#include <fmt/format.h>

namespace busflow::graphql::language {

std::string print_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < ' ') {
          out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

std::string print_value(const Value& value) {
  std::string out;
  switch (value.kind) {
    case Value::Kind::kNull: return "null";
    case Value::Kind::kVariable: return "$" + value.text;
    case Value::Kind::kBoolean: return value.boolean ? "true" : "false";
    case Value::Kind::kString: return print_string(value.text);
    case Value::Kind::kList:
      for (const Value& item : value.items) out += (out.empty() ? "" : ", ") + print_value(item);
      return "[" + out + "]";
    case Value::Kind::kObject:
      for (const auto& [name, field] : value.fields)
        out += (out.empty() ? "" : ", ") + name + ": " + print_value(field);
      return "{" + out + "}";
    default: return value.text;
  }
}

}  // namespace busflow::graphql::language
