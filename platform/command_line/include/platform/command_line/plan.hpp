#pragma once

#include <functional>
#include <string>
#include <vector>

#include <platform/command_line/console.hpp>

namespace busflow::command_line {

/// The steps of a verb, in order. --dry-run prints the very list that would otherwise run, so that the two cannot
/// disagree.
class Plan {
 public:
  using Action = std::function<Result<void>()>;

  /// `text` says what the step does, with the command lines it would run.
  void add(std::string text, Action action);

  /// Ends at the first step that fails, with its error.
  Result<void> run(Console& console) const;
  /// The texts, numbered; for --json as a list.
  void print(Console& console) const;

 private:
  struct Step {
    std::string text;
    Action action;
  };
  std::vector<Step> steps_;
};

}  // namespace busflow::command_line
