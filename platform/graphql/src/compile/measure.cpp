#include "compile/measure.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

namespace busflow::graphql::compile {
namespace {

using language::Selection;

/// Fragments within fragments count in powers of two.
std::size_t sum(std::size_t a, std::size_t b) {
  constexpr std::size_t kMost = std::size_t{1} << 30;
  return std::min(a + b, kMost);
}

class Measurer {
 public:
  explicit Measurer(const language::Document& document) : document_(document) {}

  Measure of(const std::vector<Selection>& selections) {
    Measure all;
    for (const Selection& selection : selections) {
      const Measure one = of(selection);
      all.depth = std::max(all.depth, one.depth);
      all.nodes = sum(all.nodes, one.nodes);
      all.aliases = sum(all.aliases, one.aliases);
    }
    return all;
  }

 private:
  Measure of(const Selection& selection) {
    if (selection.kind == Selection::Kind::kInlineFragment) return of(selection.selections);
    if (selection.kind == Selection::Kind::kFragmentSpread) return of_fragment(selection.name);
    if (selection.name == "__schema" || selection.name == "__type") return {};
    Measure field = of(selection.selections);
    if (!selection.selections.empty()) {
      ++field.depth;
      field.nodes = sum(field.nodes, 1);
    }
    if (!selection.alias.empty()) field.aliases = sum(field.aliases, 1);
    return field;
  }

  Measure of_fragment(std::string_view name) {
    if (const auto known = fragments_.find(name); known != fragments_.end()) return known->second;
    const auto* fragment = document_.find_fragment(name);
    return fragments_[name] = fragment == nullptr ? Measure{} : of(fragment->selections);
  }

  const language::Document& document_;
  std::map<std::string_view, Measure> fragments_;
};

}  // namespace

Measure measure(const language::Document& document, const language::Operation& operation) {
  return Measurer(document).of(operation.selections);
}

}  // namespace busflow::graphql::compile
