#pragma once

#include <string>
#include <string_view>

namespace busflow::media_type {

inline constexpr std::string_view kUnknown = "application/octet-stream";
/// How much of a file detect() wants to see.
inline constexpr std::size_t kEnough = 4096;

/// What a file is by its first bytes, as libmagic sees it; kUnknown when it cannot tell. Thread-safe.
std::string detect(std::string_view first_bytes);

/// Whether a browser would run scripts of it when it is opened as a page: HTML, SVG, XML.
bool is_active(std::string_view type);

}  // namespace busflow::media_type
