#pragma once

#include <string_view>

namespace busflow::http_semantics {

/// How much a client that sent this Accept header wants the type: 0 to 1, by the most specific range that fits (RFC
/// 9110, section 12.5.1). An absent header wants everything.
double preference_for(std::string_view accept, std::string_view media_type);
/// The same where only the type's own name counts, and no "image/*".
double named_preference_for(std::string_view accept, std::string_view media_type);

}  // namespace busflow::http_semantics
