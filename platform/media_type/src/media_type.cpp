#include <platform/media_type/media_type.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <magic.h>

#include <platform/base/text.hpp>

namespace busflow::media_type {
namespace {

struct Close {
  void operator()(magic_set* cookie) const { magic_close(cookie); }
};

}  // namespace

std::string detect(std::string_view first_bytes) {
  // A cookie is for one thread; loading its rules is a mapping of a file.
  thread_local const std::unique_ptr<magic_set, Close> cookie = [] {
    std::unique_ptr<magic_set, Close> made(magic_open(MAGIC_MIME_TYPE));
    if (!made || magic_load(made.get(), nullptr) != 0) throw std::runtime_error("libmagic's rules cannot be loaded");
    return made;
  }();
  const char* type = magic_buffer(cookie.get(), first_bytes.data(), first_bytes.size());
  return type == nullptr ? std::string(kUnknown) : std::string(type);
}

bool is_active(std::string_view type) {
  const auto name = lower_case(type.substr(0, type.find(';')));
  return name.contains("html") || name.contains("xml") || name.contains("svg") || name.contains("javascript");
}

}  // namespace busflow::media_type
