#pragma once

#include <cstddef>

#include "language/syntax_tree.hpp"

namespace busflow::graphql::compile {

/// How large an operation is as it is written: with its fragments expanded, and also with what @skip and @include leave
/// out, so that it does not depend on variables. Introspection (`__schema`, `__type`) does not count.
struct Measure {
  std::size_t depth = 0;    ///< Most fields within each other that have a selection: 1 for `{artist {name}}`.
  std::size_t nodes = 0;    ///< Fields that have a selection: 2 for `{artist {name albums {title}}}`.
  std::size_t aliases = 0;  ///< Fields that have an alias.
};

/// Takes as long as the document, however often fragments are used. To be called after check_fragments(). Counts stop
/// at some 10⁹.
Measure measure(const language::Document& document, const language::Operation& operation);

}  // namespace busflow::graphql::compile
