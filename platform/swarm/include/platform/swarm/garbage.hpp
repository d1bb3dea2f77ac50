#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/swarm/engine.hpp>

/// What a node keeps although nothing needs it any more.
namespace busflow::swarm {

/// Anything that carries this label stays.
inline constexpr std::string_view kKeepLabel = "busflow.keep";

struct GarbageOptions {
  std::chrono::milliseconds older_than = std::chrono::hours(168);
  /// Of each image's repository: so many of the newest stay, for rollbacks; workers cannot see what those need.
  std::size_t versions = 3;
};

/// One thing to remove.
struct Garbage {
  std::string kind;  ///< container, image, volume, secret or config.
  std::string id;
  std::string name;
  std::uint64_t bytes = 0;  ///< What it takes alone; layers it shares with others come on top of none.
};

/// Images by these rules: not of a container, not labelled, old enough, not among the newest of its repository and not
/// in `needed`. `images` and `containers` are as `docker inspect` shows them.
std::vector<Garbage> unneeded_images(const json::Array& images, const json::Array& containers,
                                     const std::set<std::string>& needed, WallTime now, const GarbageOptions& options);

/// All on the engine's own node, and, where it is a manager, old versions of the Swarm's secrets and configs.
Result<std::vector<Garbage>> find_garbage(const Context& context, const Engine& engine, const GarbageOptions& options);

/// False when it is in use after all: then it stays.
Result<bool> remove_garbage(const Context& context, const Engine& engine, const Garbage& garbage);

}  // namespace busflow::swarm
