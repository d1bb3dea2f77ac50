#pragma once

#include <string>
#include <string_view>

namespace busflow {

/// A to Z as a to z, everything else as it is: for names of headers, schemes and session variables, which are ASCII.
std::string lower_case(std::string_view text);

}  // namespace busflow
