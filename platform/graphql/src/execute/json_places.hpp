#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace busflow::graphql {

/// Places in JSON text, which must be valid. Text is cut and put together, and never read into values and written
/// again: numerics would lose their digits.

/// The values that the members lead to, in order; lists on the way count as all their items, null leads nowhere. The
/// views are parts of `text`.
std::vector<std::string_view> values_at(std::string_view text, std::span<const std::string> place);

/// The items of a list.
std::vector<std::string_view> items_of(std::string_view text);

/// `text` with each of its parts replaced; as many replacements as parts, which come in order.
std::string replaced(std::string_view text, std::span<const std::string_view> parts,
                     std::span<const std::string_view> replacements);

}  // namespace busflow::graphql
