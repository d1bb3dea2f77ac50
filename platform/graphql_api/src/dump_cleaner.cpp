#include <platform/graphql_api/dump_cleaner.hpp>

#include <algorithm>
#include <array>

namespace busflow::graphql_api {
namespace {

/// No line that is taken out is as long.
constexpr std::size_t kLongestHeld = 64 << 10;

constexpr std::array<std::string_view, 15> kPreamble = {
    "SET statement_timeout = 0;",
    "SET lock_timeout = 0;",
    "SET idle_in_transaction_session_timeout = 0;",
    "SET transaction_timeout = 0;",
    "SET client_encoding = 'UTF8';",
    "SET standard_conforming_strings = on;",
    "SELECT pg_catalog.set_config('search_path', '', false);",
    "SET xmloption = content;",
    "SET client_min_messages = warning;",
    "SET row_security = off;",
    "SET default_tablespace = '';",
    "SET default_with_oids = false;",
    "SET default_table_access_method = heap;",
    "CREATE SCHEMA public;",
    "COMMENT ON SCHEMA public IS 'standard public schema';",
};

/// What names may consist of; every byte of a letter beyond ASCII counts.
bool is_word(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return byte >= 0x80 || std::isalnum(byte) != 0 || letter == '_' || letter == '$';
}

/// Whether `text` goes on with the name, quoted or not, after the marks.
bool has_after(std::string_view text, std::string_view marks, std::string_view name) {
  const auto at = text.find(marks);
  if (at == std::string_view::npos) return false;
  text.remove_prefix(at + marks.size());
  if (text.starts_with('"')) text.remove_prefix(1);
  return text.starts_with(name);
}

/// Those of event triggers are made anew where the metadata is applied, and call functions that no dump of the schema
/// holds.
bool makes_event_trigger(std::string_view line) {
  constexpr std::string_view kName = "notify_hasura_";
  if (line.starts_with("CREATE TRIGGER ")) {
    return has_after(line, "CREATE TRIGGER ", kName) && (has_after(line, " EXECUTE FUNCTION ", "hdb_catalog") ||
                                                         has_after(line, " EXECUTE PROCEDURE ", "hdb_catalog"));
  }
  return line.starts_with("ALTER TABLE ") && has_after(line, " ENABLE ALWAYS TRIGGER ", kName);
}

}  // namespace

std::string DumpCleaner::take(std::string_view piece) {
  std::string kept;
  kept.reserve(piece.size() + line_.size());
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    line_ += piece.substr(0, end);
    if (end == std::string_view::npos) break;
    piece.remove_prefix(end + 1);
    end_line(kept);
  }
  if (line_.size() > kLongestHeld) {
    keep(kept, line_);
    line_.clear();
    is_begun_ = true;
  }
  return kept;
}

std::string DumpCleaner::finish() {
  std::string kept;
  if (!line_.empty() || is_begun_) end_line(kept);
  return kept;
}

void DumpCleaner::end_line(std::string& kept) {
  const bool is_whole = !is_begun_ && state_ == State::kPlain;
  const bool ends_rows = is_rows_ && is_whole && line_ == "\\.";
  const bool begins_rows = !is_rows_ && is_whole && line_.starts_with("COPY ") && line_.ends_with(" FROM stdin;");
  if (is_rows_ || !is_whole || !is_superfluous()) {
    keep(kept, line_);
    keep(kept, "\n");
  }
  is_rows_ = (is_rows_ || begins_rows) && !ends_rows;
  is_begun_ = false;
  line_.clear();
}

void DumpCleaner::keep(std::string& kept, std::string_view text) {
  kept += text;
  if (is_rows_) return;
  for (const char letter : text) scan(letter);
}

/// Follows quotes only. pg_dump doubles backslashes and quotes in every text, E'…' as well, so that a text ends at the
/// first quote that stands alone.
void DumpCleaner::scan(char letter) {
  switch (state_) {
    case State::kPlain: scan_plain(letter); break;
    case State::kText:
      if (letter == '\'') state_ = State::kPlain;
      break;
    case State::kName:
      if (letter == '"') state_ = State::kPlain;
      break;
    case State::kTag:
      if (letter == '$') {
        tag_ += letter;
        last_.clear();
        state_ = State::kBody;
      } else if (is_word(letter) && (tag_.size() > 1 || std::isdigit(static_cast<unsigned char>(letter)) == 0)) {
        tag_ += letter;
      } else {  // "$1" is a parameter.
        state_ = State::kPlain;
        scan_plain(letter);
      }
      break;
    case State::kBody:
      last_ += letter;
      if (last_.size() > tag_.size()) last_.erase(0, 1);
      if (last_ == tag_) state_ = State::kPlain;
      break;
  }
  previous_ = letter;
}

void DumpCleaner::scan_plain(char letter) {
  if (letter == '\'') state_ = State::kText;
  if (letter == '"') state_ = State::kName;
  if (letter == '$' && !is_word(previous_)) {
    tag_ = "$";
    state_ = State::kTag;
  }
}

bool DumpCleaner::is_superfluous() const {
  return line_.find_first_not_of(" \t\r\f\v") == std::string::npos || line_.starts_with("--") ||
         std::ranges::find(kPreamble, line_) != kPreamble.end() || line_.starts_with("\\restrict ") ||
         line_.starts_with("\\unrestrict ") || makes_event_trigger(line_);
}

}  // namespace busflow::graphql_api
