#pragma once

#include <filesystem>
#include <string>

#include <platform/base/result.hpp>

namespace busflow {

/// The whole file, or kNotFound / kInternal naming the file and the system's reason.
Result<std::string> read_file(const std::filesystem::path& path);

/// A secret from a file: trailing line ends cut; an empty file is an error. The content never appears in the error.
Result<std::string> read_secret_file(const std::filesystem::path& path);

}  // namespace busflow
