#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <platform/swarm/engine.hpp>

/// Stacks that stand beside production for a while, to look at a change. Everything about them is in the labels of
/// their services, so that any machine can list and end them.
namespace busflow::swarm {

inline constexpr std::string_view kPreviewLabel = "busflow.preview";
inline constexpr std::string_view kPreviewHostLabel = "busflow.preview.host";
inline constexpr std::string_view kPreviewExpiresLabel = "busflow.preview.expires";

struct Preview {
  std::string name;     ///< "pr-12".
  std::string host;     ///< "pr-12.preview.bus.example".
  std::string version;  ///< STACK_VERSION it was brought up with.
  std::string expires;  ///< RFC 3339, UTC.
};

/// "preview-pr-12".
std::string preview_stack(const std::string& name);

/// A name is part of a host name and of secrets' names: 1 to 20 small letters, digits and hyphens, no hyphen at either
/// end. kValidationFailed that says so.
Result<void> check_preview_name(const std::string& name);

/// By name.
Result<std::vector<Preview>> list_previews(const Context& context, const Engine& engine);

/// Ends its services, and removes its networks, secrets and configs, and its volumes on the engine's own node; those on
/// others go by 'stack prune'. Waits for its tasks to end, at most for `longest`. Nothing happens to what is gone.
Result<void> remove_preview(const Context& context, const Engine& engine, const std::string& name,
                            std::chrono::milliseconds longest);

}  // namespace busflow::swarm
