#pragma once

#include <map>
#include <string>

#include <fmt/format.h>

#include <platform/jobs/worker.hpp>

namespace busflow::jobs {

/// One handler for several kinds of jobs, by their names. A job of another name fails for good, with the names there
/// are.
inline Handler by_name(std::map<std::string, Handler, std::less<>> handlers) {
  return [handlers = std::move(handlers)](Attempt& attempt) -> Outcome {
    if (const auto found = handlers.find(attempt.job.name); found != handlers.end()) return found->second(attempt);
    std::string names;
    for (const auto& [name, handler] : handlers) names += (names.empty() ? "" : ", ") + name;
    return Outcome::unrecoverable(
        Error{.name = ErrorName::kBadRequest,
              .detail = fmt::format("nobody handles jobs named '{}' here; there are {}", attempt.job.name, names)});
  };
}

}  // namespace busflow::jobs
