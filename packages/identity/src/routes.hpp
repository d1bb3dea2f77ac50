#pragma once

#include <memory>
#include <vector>

#include <platform/application/module.hpp>

#include "usecases/sessions.hpp"

namespace busflow::identity {

/// The routes under /v1/auth, in the form of Nhost's auth service: its session objects and its errors.
std::vector<application::Route> session_routes(std::shared_ptr<Sessions> sessions,
                                               std::chrono::seconds access_token_lifetime);

}  // namespace busflow::identity
