#pragma once

#include <string_view>

#include <platform/runtime/io_threads.hpp>
#include <platform/runtime/shutdown_sequence.hpp>
#include <platform/runtime/signals.hpp>
#include <platform/telemetry/logger.hpp>

namespace busflow::api {

/// Waits for the signal that ends the process, then runs the steps and logs each.
void wait_and_shut_down(runtime::Signals& signals, runtime::ShutdownSequence& steps, const telemetry::Logger& logger);

/// For components that report faults of their threads.
runtime::IoThreads::OnFault log_faults(const telemetry::Logger& logger);

}  // namespace busflow::api
