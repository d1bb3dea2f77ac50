#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace busflow::graphql_api {

/// Makes a migration of a dump: takes those lines out of pg_dump's text that the reference takes out for
/// `clean_output`, which are comments, empty lines, settings of the session, the schema public, and triggers of event
/// triggers. Those of newer versions of pg_dump go as well: `\restrict`, `SET transaction_timeout`. Other than the
/// reference it leaves alone what only looks so: lines within texts, within the bodies of functions, and rows of COPY.
///
/// Takes the text in pieces of any size and keeps 64 KiB at most. Use by one thread.
class DumpCleaner {
 public:
  /// What stays of it and of what was held back before.
  std::string take(std::string_view piece);
  /// What stays of a last line that has no end.
  std::string finish();

 private:
  enum class State : std::uint8_t { kPlain, kText, kName, kTag, kBody };

  void end_line(std::string& kept);
  void keep(std::string& kept, std::string_view text);
  void scan(char letter);
  void scan_plain(char letter);
  bool is_superfluous() const;

  std::string line_;       ///< As far as it has come.
  bool is_begun_ = false;  ///< The beginning of the line was too long to hold, and was kept.
  bool is_rows_ = false;   ///< Within the rows of COPY.
  State state_ = State::kPlain;
  char previous_ = '\n';
  std::string tag_;   ///< "$tag$" that ends a body; while it is read, its beginning.
  std::string last_;  ///< The last letters of the body, as many as the tag has.
};

}  // namespace busflow::graphql_api
