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

namespace {

class Writer {
 public:
  void write(const Value& value) {
    switch (value.kind()) {
      case boost::json::kind::array: return write(value.get_array());
      case boost::json::kind::object: return write(value.get_object());
      case boost::json::kind::double_: return write(value.get_double());
      default: text_ += boost::json::serialize(value);
    }
  }

  void write(const Object& object) {
    char separator = '{';
    for (const auto& [key, value] : object) {
      text_ += separator;
      text_ += boost::json::serialize(boost::json::string_view(key));
      text_ += ':';
      write(value);
      separator = ',';
    }
    text_ += object.empty() ? "{}" : "}";
  }

  std::string take() { return std::move(text_); }

 private:
  void write(const Array& array) {
    char separator = '[';
    for (const Value& value : array) {
      text_ += separator;
      write(value);
      separator = ',';
    }
    text_ += array.empty() ? "[]" : "]";
  }

  /// 12.5, where the library writes 1.25E1, which not every type of PostgreSQL reads.
  void write(double value) { text_ += fmt::format("{}", value); }

  std::string text_;
};

}  // namespace

std::string serialize(const Value& value) {
  Writer writer;
  writer.write(value);
  return writer.take();
}

std::string serialize(const Object& object) {
  Writer writer;
  writer.write(object);
  return writer.take();
}

std::string quote(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

}  // namespace busflow::json
