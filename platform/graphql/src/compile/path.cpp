#include "compile/path.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace busflow::graphql::compile {
namespace {

bool is_identifier(std::string_view key) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !key.empty() && !(key[0] >= '0' && key[0] <= '9') && std::ranges::all_of(key, is_part);
}

}  // namespace

std::string Path::to_string() const {
  if (parent_ == nullptr) return "$";
  std::string text = parent_->to_string();
  if (is_index_) return text + fmt::format("[{}]", index_);
  return text + (is_identifier(key_) ? fmt::format(".{}", key_) : fmt::format("['{}']", key_));
}

std::unexpected<Error> Path::fail(std::string message, ErrorName name) const {
  return busflow::fail(name, std::move(message), to_string());
}

}  // namespace busflow::graphql::compile
