#pragma once

#include <span>
#include <string_view>

#include <platform/base/embedded_file.hpp>
#include <platform/graphql/metadata/node.hpp>

namespace busflow::graphql::metadata {

/// How the text of a node begins that stands for another file: "!include public_artist.yaml", relative to its own.
constexpr std::string_view kInclude = "!include ";

/// Parses a file and puts the files that it includes in their places, at most eight deep.
Result<Node> parse_with_includes(const EmbeddedFile& file, std::span<const EmbeddedFile> files);

/// "a/b" of "a/b/c.yaml"; empty without a folder.
std::string_view folder_of(std::string_view path);
std::string_view base_name(std::string_view path);

}  // namespace busflow::graphql::metadata
