#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <platform/base/result.hpp>

namespace busflow::backoffice {

/// DRAFT -> READY -> PUBLISHED, and CANCELLED from each of them.
enum class DepartureStatus : std::uint8_t { kDraft, kReady, kPublished, kCancelled };

/// What can be done with a departure. Named after the GraphQL actions.
enum class DepartureStep : std::uint8_t { kUpdate, kMarkReady, kPublish, kCancel };

std::string_view to_text(DepartureStatus status);  ///< "DRAFT"
std::string_view to_text(DepartureStep step);      ///< "publishDeparture"
std::optional<DepartureStatus> parse_departure_status(std::string_view text);

/// The status after the step. kStateConflict names the status and the steps that it allows.
Result<DepartureStatus> after(DepartureStep step, DepartureStatus status);

}  // namespace busflow::backoffice
