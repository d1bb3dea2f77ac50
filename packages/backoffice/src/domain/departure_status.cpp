#include "domain/departure_status.hpp"

#include <array>
#include <string>

#include <fmt/format.h>

namespace busflow::backoffice {
namespace {

using enum DepartureStatus;
using enum DepartureStep;

struct Transition {
  DepartureStatus from;
  DepartureStep step;
  DepartureStatus to;
};

/// The whole state machine. What is not here is not allowed.
constexpr std::array kTransitions = {
    Transition{kDraft, kUpdate, kDraft},         Transition{kReady, kUpdate, kReady},
    Transition{kDraft, kMarkReady, kReady},      Transition{kReady, kPublish, kPublished},
    Transition{kDraft, kCancel, kCancelled},     Transition{kReady, kCancel, kCancelled},
    Transition{kPublished, kCancel, kCancelled},
};

std::string allowed_steps(DepartureStatus status) {
  std::string steps;
  for (const auto& transition : kTransitions) {
    if (transition.from != status) continue;
    if (!steps.empty()) steps += ", ";
    steps += to_text(transition.step);
  }
  return steps.empty() ? "none, it is final" : steps;
}

}  // namespace

std::string_view to_text(DepartureStatus status) {
  constexpr std::array<std::string_view, 4> kTexts = {"DRAFT", "READY", "PUBLISHED", "CANCELLED"};
  return kTexts[static_cast<std::size_t>(status)];
}

std::string_view to_text(DepartureStep step) {
  constexpr std::array<std::string_view, 4> kTexts = {"updateDeparture", "markDepartureReady", "publishDeparture",
                                                      "cancelDeparture"};
  return kTexts[static_cast<std::size_t>(step)];
}

std::optional<DepartureStatus> parse_departure_status(std::string_view text) {
  for (const auto status : {kDraft, kReady, kPublished, kCancelled}) {
    if (to_text(status) == text) return status;
  }
  return std::nullopt;
}

Result<DepartureStatus> after(DepartureStep step, DepartureStatus status) {
  for (const auto& transition : kTransitions) {
    if (transition.from == status && transition.step == step) return transition.to;
  }
  return fail(ErrorName::kStateConflict, fmt::format("{} is not possible: the departure is {} (allowed: {})",
                                                     to_text(step), to_text(status), allowed_steps(status)));
}

}  // namespace busflow::backoffice
