#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <platform/base/result.hpp>

namespace busflow::graphql::compile {

/// Where in the operation we are: a chain of steps on the stack, written out only when an error needs it.
/// Each step refers to the one before and to its key, which must outlive it.
class Path {
 public:
  Path() = default;
  Path(const Path& parent, std::string_view key) : parent_(&parent), key_(key) {}
  Path(const Path& parent, std::size_t index) : parent_(&parent), index_(index), is_index_(true) {}

  /// "$.selectionSet.t.args.order_by[0]"
  std::string to_string() const;
  std::unexpected<Error> fail(std::string message, ErrorName name = ErrorName::kValidationFailed) const;

 private:
  const Path* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
  bool is_index_ = false;
};

}  // namespace busflow::graphql::compile
