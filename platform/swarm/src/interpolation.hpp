#pragma once

#include <expected>
#include <string>
#include <string_view>

#include <platform/swarm/stack_file.hpp>

namespace busflow::swarm {

/// Puts variables into a text: $NAME, ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:?message}, ${NAME?message}; $$
/// is a dollar sign. The error says which variable is missing, or what is wrong. A variable without default that is not
/// set is an error, where `docker stack deploy` takes nothing for it: an image without its version is never meant.
std::expected<std::string, std::string> interpolate(std::string_view text, const Variables& variables);

}  // namespace busflow::swarm
