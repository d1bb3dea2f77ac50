#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include <platform/base/result.hpp>
#include <platform/config/settings.hpp>

namespace busflow::api {

/// Adds `busflow jobs …` to the program. When one of its verbs is chosen, `choose` is given what runs it.
void add_jobs_verb(CLI::App& app, const std::function<Result<config::Settings>()>& load,
                   const std::function<void(std::function<Result<void>()>)>& choose);

}  // namespace busflow::api
