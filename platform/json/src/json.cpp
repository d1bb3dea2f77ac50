#include <platform/json/json.hpp>

#include <fmt/format.h>

namespace busflow::json {

Result<Value> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 64;
  boost::json::parser parser(boost::json::storage_ptr(), options);
  boost::system::error_code error;
  const std::size_t consumed = parser.write_some(text, error);
  if (!error && consumed < text.size()) {
    // Only white space may follow the document.
    const auto rest = text.find_first_not_of(" \t\r\n", consumed);
    if (rest != std::string_view::npos)
      return fail(ErrorName::kInvalidJson, fmt::format("unexpected text after the document, at byte {}", rest), "$");
  }
  if (error) return fail(ErrorName::kInvalidJson, fmt::format("{} at byte {}", error.message(), consumed), "$");
  return parser.release();
}

std::string serialize(const Value& value) { return boost::json::serialize(value); }
std::string serialize(const Object& object) { return boost::json::serialize(object); }

std::string quote(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

}  // namespace busflow::json
