#pragma once

#include <chrono>
#include <stop_token>

namespace busflow {

/// Lets the calling thread rest for so long, or until it is asked to stop. Whether it may go on: false after a request.
bool pause(const std::stop_token& stop, std::chrono::milliseconds time);

}  // namespace busflow
