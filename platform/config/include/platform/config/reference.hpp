#pragma once

#include <string>

namespace busflow::config {

/// docs/reference/settings.md.
std::string settings_reference();
/// docs/reference/errors.md.
std::string errors_reference();

}  // namespace busflow::config
