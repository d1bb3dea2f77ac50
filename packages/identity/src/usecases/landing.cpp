#include "usecases/landing.hpp"

#include <platform/web_address/web_address.hpp>

namespace busflow::identity {

std::string landing_address(const std::string& redirect, const std::string& type, const SignInOutcome& outcome) {
  if (const auto* factor = std::get_if<SecondFactorNeeded>(&outcome))
    return web_address::with_parameters(redirect, {{"ticket", factor->ticket}, {"type", type}});
  return web_address::with_parameters(redirect,
                                      {{"refreshToken", std::get<SignedIn>(outcome).refresh_token}, {"type", type}});
}

std::string landing_address(const std::string& redirect, const Error& error) {
  return web_address::with_parameters(
      redirect, {{"error", std::string(error.info().id)}, {"errorDescription", std::string(error.message())}});
}

}  // namespace busflow::identity
