#include <platform/http_semantics/range.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace busflow::http_semantics {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

RangeAnswer read_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return WholeBody{};
  header.remove_prefix(kUnit.size());
  const auto hyphen = header.find('-');
  if (hyphen == std::string_view::npos) return WholeBody{};
  const auto first_text = header.substr(0, hyphen);
  const auto last_text = header.substr(hyphen + 1);
  const auto first = number(first_text);
  const auto last = number(last_text);
  if (first_text.empty()) {  // The last bytes.
    if (!last) return WholeBody{};
    if (*last == 0 || size == 0) return Unsatisfiable{};
    const auto length = std::min(*last, size);
    return ByteRange{size - length, length};
  }
  if (!first || (!last_text.empty() && !last) || (last && *last < *first)) return WholeBody{};
  if (*first >= size) return Unsatisfiable{};
  const auto end = last ? std::min(*last, size - 1) : size - 1;
  return ByteRange{*first, end - *first + 1};
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.first + range.length - 1) + "/" +
         std::to_string(size);
}

}  // namespace busflow::http_semantics
