#pragma once

#include <string_view>

namespace busflow {

/// A text file compiled into the binary by busflow_embed() (cmake/Embed.cmake).
struct EmbeddedFile {
  std::string_view path;  ///< Relative to the embedding's root, with '/' separators.
  std::string_view text;
};

}  // namespace busflow
