#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace busflow::postgres {

/// PostgreSQL's text form of an array: {"a","b",NULL}. Every element is quoted, so that none is taken for NULL or for
/// structure.
class ArrayLiteral {
 public:
  void add(std::string_view element) {
    separate();
    text_ += '"';
    for (const char c : element) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }
  void add_null() {
    separate();
    text_ += "NULL";
  }
  /// An inner array, finished.
  void add_array(std::string_view array) {
    separate();
    text_ += array;
  }
  std::string finish() && { return std::move(text_) + "}"; }

 private:
  void separate() {
    if (text_.size() > 1) text_ += ',';
  }
  std::string text_ = "{";
};

/// The array of all of them.
template <class Texts>
std::string array_literal(const Texts& texts) {
  ArrayLiteral array;
  for (const auto& text : texts) array.add(text);
  return std::move(array).finish();
}

}  // namespace busflow::postgres
