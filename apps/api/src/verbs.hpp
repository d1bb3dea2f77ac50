#pragma once

#include <string>

#include <platform/base/result.hpp>
#include <platform/config/settings.hpp>

/// What the program can do. Each returns when it is done; an error is printed and becomes the exit code.
namespace busflow::api {

/// HTTP and GraphQL, until a signal.
Result<void> serve(const config::Settings& settings);
/// The outbox relay and all packages' event handlers, until a signal.
Result<void> work(const config::Settings& settings);
/// Database roles and schemas.
Result<void> migrate(const config::Settings& settings);
/// Demo data; what is there already stays.
Result<void> seed(const config::Settings& settings);
/// Prints all events that packages publish, as Markdown.
Result<void> print_events(const config::Settings& settings);
/// Prints the GraphQL schema as `role` sees it.
Result<void> print_schema(const config::Settings& settings, const std::string& role);

}  // namespace busflow::api
