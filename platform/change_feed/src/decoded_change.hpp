#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <platform/change_feed/changes.hpp>

namespace busflow::change_feed {

/// One line of the output plug-in test_decoding (contrib/test_decoding in PostgreSQL's source).
struct DecodedChange {
  enum class Kind : std::uint8_t { kBegin, kCommit, kTables, kOther };
  Kind kind = Kind::kOther;
  std::vector<TableName> tables;  ///< Of kTables: one, or several of a TRUNCATE.
  std::string_view transaction;   ///< Of kBegin and kCommit: its number, a part of the line.
};

/// Nothing when the line is not what the plug-in writes. The rows' values are not looked at.
std::optional<DecodedChange> read_decoded_change(std::string_view line);

}  // namespace busflow::change_feed
