#include "script_error.hpp"

#include <fmt/format.h>

namespace busflow::jobs {
namespace {

struct Meaning {
  ErrorName name;
  std::string_view text;
};

Meaning meaning(ScriptCode code) {
  switch (code) {
    case ScriptCode::kJobMissing: return {ErrorName::kNotFound, "there is no such job"};
    case ScriptCode::kLockMissing: return {ErrorName::kConflict, "its lock ran out; another worker may have it"};
    case ScriptCode::kNotInState: return {ErrorName::kStateConflict, "it is in another state"};
    case ScriptCode::kPendingChildren: return {ErrorName::kStateConflict, "its children are not done"};
    case ScriptCode::kParentMissing: return {ErrorName::kNotFound, "its parent is not there"};
    case ScriptCode::kLockMismatch: return {ErrorName::kConflict, "another worker has it"};
    case ScriptCode::kParentCannotBeReplaced: return {ErrorName::kConflict, "it is the child of another job"};
    case ScriptCode::kBelongsToScheduler: return {ErrorName::kStateConflict, "a scheduler made it; remove that"};
    case ScriptCode::kFailedChildren: return {ErrorName::kStateConflict, "a child has failed"};
    case ScriptCode::kSchedulerIdCollision:
      return {ErrorName::kConflict, "a job of that scheduler and time is there already"};
    case ScriptCode::kSchedulerSlotsBusy:
      return {ErrorName::kConflict, "the next times of that scheduler are all taken by jobs; clean finished ones"};
  }
  return {ErrorName::kInternal, "Redis answered with an unknown code"};
}

}  // namespace

std::unexpected<Error> script_error(std::int64_t code, std::string_view queue, std::string_view id) {
  const auto [name, text] = meaning(static_cast<ScriptCode>(code));
  return fail(name, fmt::format("job {} of queue {}: {} (code {})", id, queue, text, code));
}

}  // namespace busflow::jobs
