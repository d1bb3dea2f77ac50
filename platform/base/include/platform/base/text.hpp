#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace busflow {

/// A to Z as a to z, everything else as it is: for names of headers, schemes and session variables, which are ASCII.
std::string lower_case(std::string_view text);

/// Without the characters of `space` at both ends.
std::string_view trim(std::string_view text, std::string_view space = " \t");

/// The parts between commas, trimmed; empty ones are left out. They are parts of `text`.
std::vector<std::string_view> split_list(std::string_view text);

/// & < > and " as entities, for text and attributes of HTML and XML.
std::string escape_markup(std::string_view text);

}  // namespace busflow
