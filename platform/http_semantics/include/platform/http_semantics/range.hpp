#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace busflow::http_semantics {

struct WholeBody {};
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};
struct Unsatisfiable {};
using RangeAnswer = std::variant<WholeBody, ByteRange, Unsatisfiable>;

/// What "bytes=0-99" asks for of a body of `size` bytes (RFC 9110, section 14). Several ranges, other units and
/// malformed ones are answered by the whole, as the standard allows: many small ranges are an attack.
RangeAnswer read_range(std::string_view header, std::uint64_t size);

/// "bytes 0-99/1234"
std::string content_range(const ByteRange& range, std::uint64_t size);

}  // namespace busflow::http_semantics
