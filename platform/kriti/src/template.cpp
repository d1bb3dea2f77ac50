#include <platform/kriti/template.hpp>

#include "node.hpp"

namespace busflow::kriti {
namespace {

std::string_view code_of(Problem::Kind kind) {
  switch (kind) {
    case Problem::Kind::kParse: return "Parse Error";
    case Problem::Kind::kType: return "Type Error";
    case Problem::Kind::kRange: return "Range Error";
    case Problem::Kind::kFunction: return "Function Error";
    case Problem::Kind::kLookup: return "Invalid Path";
  }
  return "Parse Error";
}

}  // namespace

json::Object Problem::to_json() const {
  return {
      {"error_code", code_of(kind)},
      {"message", message},
      {"source_position",
       json::Object{{"start_line", line}, {"end_line", line}, {"start_column", column}, {"end_column", end_column}}}};
}

std::expected<Template, Problem> Template::parse(std::string_view text) {
  auto root = parse_template(text);
  if (!root) return std::unexpected(root.error());
  return Template(std::move(*root));
}

std::expected<Template, Problem> Template::parse_text(std::string_view text) {
  auto root = parse_interpolated(text, false);
  if (!root) return std::unexpected(root.error());
  return Template(std::move(*root));
}

std::expected<json::Value, Problem> Template::render(const Bindings& bindings, const Functions& functions) const {
  return evaluate(*root_, bindings, functions);
}

}  // namespace busflow::kriti
