#include <platform/command_line/plan.hpp>

#include <fmt/format.h>

namespace busflow::command_line {

void Plan::add(std::string text, Action action) { steps_.push_back({std::move(text), std::move(action)}); }

Result<void> Plan::run(Console& console) const {
  std::size_t number = 0;
  for (const Step& step : steps_) {
    console.begin_step(++number, steps_.size(), step.text);
    auto result = step.action();
    console.end_step(result.has_value());
    if (!result) return result;
  }
  return {};
}

void Plan::print(Console& console) const {
  json::Array texts;
  std::size_t number = 0;
  for (const Step& step : steps_) {
    console.say(fmt::format("{}. {}", ++number, step.text));
    texts.emplace_back(step.text);
  }
  console.result({{"dry_run", true}, {"steps", std::move(texts)}});
}

}  // namespace busflow::command_line
