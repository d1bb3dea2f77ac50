#include "keys.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace busflow::jobs {
namespace {

/// A job's hash stands beside the queue's own keys, so that a job of such an id would overwrite one of them.
constexpr std::array<std::string_view, 19> kOwnKeys = {
    "wait",          "active", "paused", "prioritized", "delayed", "waiting-children", "completed", "failed", "stalled",
    "stalled-check", "marker", "meta",   "events",      "id",      "limiter",          "repeat",    "pc",     "groups",
    "priority"};

}  // namespace

Keys::Keys(std::string_view prefix, std::string_view queue) : base_(fmt::format("{}:{}:", prefix, queue)) {}

std::vector<std::string> Keys::list(std::initializer_list<std::string_view> suffixes) const {
  std::vector<std::string> keys;
  keys.reserve(suffixes.size());
  for (const auto suffix : suffixes) keys.push_back((*this)(suffix));
  return keys;
}

Result<void> check_queue_name(std::string_view queue) {
  if (queue.empty()) return fail(ErrorName::kBadRequest, "a queue needs a name");
  if (queue.contains(':')) {
    return fail(ErrorName::kBadRequest, fmt::format("queue name '{}': ':' separates the parts of Redis keys", queue));
  }
  return {};
}

Result<void> check_job_id(std::string_view id) {
  const auto is_digit = [](char character) { return character >= '0' && character <= '9'; };
  if (!id.empty() && std::ranges::all_of(id, is_digit)) {
    return fail(ErrorName::kBadRequest, fmt::format("job id '{}': whole numbers are given by the queue", id));
  }
  if (id.contains(':')) {
    return fail(ErrorName::kBadRequest, fmt::format("job id '{}': ':' separates the parts of Redis keys", id));
  }
  if (std::ranges::find(kOwnKeys, id) != kOwnKeys.end()) {
    return fail(ErrorName::kBadRequest, fmt::format("job id '{}': a key of the queue itself has that name", id));
  }
  return {};
}

}  // namespace busflow::jobs
