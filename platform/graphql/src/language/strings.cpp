#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "language/lexer.hpp"

namespace busflow::graphql::language {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto push = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    push(code);
  } else if (code < 0x800) {
    push(0xC0 | (code >> 6));
    push(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    push(0xE0 | (code >> 12));
    push(0x80 | ((code >> 6) & 0x3F));
    push(0x80 | (code & 0x3F));
  } else {
    push(0xF0 | (code >> 18));
    push(0x80 | ((code >> 12) & 0x3F));
    push(0x80 | ((code >> 6) & 0x3F));
    push(0x80 | (code & 0x3F));
  }
}

std::optional<std::uint32_t> hexadecimal(std::string_view digits) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Reads what follows `\u` at `i` and moves `i` behind it: four digits, a surrogate pair of two such escapes, or `{…}`.
std::optional<std::uint32_t> unicode_escape(std::string_view raw, std::size_t& i) {
  if (i < raw.size() && raw[i] == '{') {
    const auto close = raw.find('}', i);
    if (close == std::string_view::npos || close - i > 9) return std::nullopt;
    const auto code = hexadecimal(raw.substr(i + 1, close - i - 1));
    i = close + 1;
    if (!code || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)) return std::nullopt;
    return code;
  }
  if (raw.size() - i < 4) return std::nullopt;
  const auto high = hexadecimal(raw.substr(i, 4));
  i += 4;
  if (!high || (*high >= 0xDC00 && *high <= 0xDFFF)) return std::nullopt;
  if (*high < 0xD800 || *high > 0xDBFF) return high;
  if (!raw.substr(i).starts_with("\\u") || raw.size() - i < 6) return std::nullopt;
  const auto low = hexadecimal(raw.substr(i + 2, 4));
  i += 6;
  if (!low || *low < 0xDC00 || *low > 0xDFFF) return std::nullopt;
  return 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

std::vector<std::string_view> split_lines(std::string_view raw) {
  std::vector<std::string_view> lines;
  for (;;) {
    const auto end = raw.find_first_of("\r\n");
    lines.push_back(raw.substr(0, end));
    if (end == std::string_view::npos) return lines;
    raw.remove_prefix(end + (raw.substr(end).starts_with("\r\n") ? 2 : 1));
  }
}

}  // namespace

Result<std::string> decode_string(const Token& token) {
  const std::string_view raw = token.text;
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size();) {
    if (raw[i] != '\\') {
      out.push_back(raw[i++]);
      continue;
    }
    const char escaped = raw[i + 1];
    i += 2;
    if (escaped == 'u') {
      const auto code = unicode_escape(raw, i);
      if (!code) return syntax_error(token.position, "the string holds a \\u escape that is no Unicode character");
      append_utf8(out, *code);
      continue;
    }
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
    const auto index = kEscapes.find(escaped);
    if (index == std::string_view::npos)
      return syntax_error(token.position, "the string holds a backslash that starts no escape");
    out.push_back(kMeaning[index]);
  }
  return out;
}

std::string decode_block_string(std::string_view raw) {
  auto lines = split_lines(raw);
  std::size_t indentation = std::string_view::npos;
  for (std::size_t i = 1; i < lines.size(); ++i) indentation = std::min(indentation, lines[i].find_first_not_of(" \t"));
  if (indentation != std::string_view::npos) {
    for (std::size_t i = 1; i < lines.size(); ++i) lines[i].remove_prefix(std::min(indentation, lines[i].size()));
  }
  std::size_t first = 0;
  std::size_t last = lines.size();
  while (first < last && is_blank(lines[first])) ++first;
  while (last > first && is_blank(lines[last - 1])) --last;

  std::string out;
  for (std::size_t i = first; i < last; ++i) {
    if (i != first) out += '\n';
    std::string_view line = lines[i];
    for (auto at = line.find("\\\"\"\""); at != std::string_view::npos; at = line.find("\\\"\"\"")) {
      out.append(line.substr(0, at)).append("\"\"\"");
      line.remove_prefix(at + 4);
    }
    out.append(line);
  }
  return out;
}

}  // namespace busflow::graphql::language
