#include "decoded_change.hpp"

#include <string>

namespace busflow::change_feed {
namespace {

/// Takes one identifier from the front, as quote_identifier() writes it: plain, or in quotes that are doubled inside.
std::optional<std::string> take_identifier(std::string_view& text) {
  std::string name;
  if (!text.starts_with('"')) {
    const auto end = text.find_first_of(".:,");
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    name = text.substr(0, end);
    text.remove_prefix(end);
    return name;
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] != '"') {
      name += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '"') {
      name += text[i++];
    } else {
      text.remove_prefix(i + 1);
      return name;
    }
  }
  return std::nullopt;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

}  // namespace

std::optional<DecodedChange> read_decoded_change(std::string_view line) {
  if (take(line, "BEGIN ")) return DecodedChange{DecodedChange::Kind::kBegin, {}, line};
  if (take(line, "COMMIT ")) return DecodedChange{DecodedChange::Kind::kCommit, {}, line};
  if (line.starts_with("message: ")) return DecodedChange{};
  if (!take(line, "table ")) return std::nullopt;
  DecodedChange change{DecodedChange::Kind::kTables, {}, {}};
  do {
    auto schema = take_identifier(line);
    if (!schema || !take(line, ".")) return std::nullopt;
    auto name = take_identifier(line);
    if (!name) return std::nullopt;
    change.tables.push_back({std::move(*schema), std::move(*name)});
  } while (take(line, ", "));
  if (!take(line, ": ")) return std::nullopt;
  return change;
}

}  // namespace busflow::change_feed
