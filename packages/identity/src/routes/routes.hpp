#pragma once

#include <memory>
#include <vector>

#include <platform/application/module.hpp>

#include "services.hpp"

/// The routes under /v1/auth, in the form of Nhost Auth: its requests, its session objects, its errors
/// (https://github.com/nhost/nhost, services/auth/docs/openapi.yaml).
namespace busflow::identity {

using Routes = std::vector<application::Route>;

Routes session_routes(const std::shared_ptr<const Services>& services);
Routes sign_up_routes(const std::shared_ptr<const Services>& services);
Routes passwordless_routes(const std::shared_ptr<const Services>& services);
Routes user_routes(const std::shared_ptr<const Services>& services);
Routes second_factor_routes(const std::shared_ptr<const Services>& services);
Routes security_key_routes(const std::shared_ptr<const Services>& services);
Routes provider_routes(const std::shared_ptr<const Services>& services);
Routes passenger_routes(const std::shared_ptr<const Services>& services);
Routes member_routes(const std::shared_ptr<const Services>& services);

}  // namespace busflow::identity
