#pragma once

#include <filesystem>

#include <platform/base/result.hpp>
#include <platform/json/json.hpp>

namespace busflow::swarm {

/// Puts what the env_file of each service says into its environment, where its own lines hold, so that the document
/// stands for itself. Files are looked for from `folder`.
Result<void> inline_environment_files(json::Object& document, const std::filesystem::path& folder);

}  // namespace busflow::swarm
