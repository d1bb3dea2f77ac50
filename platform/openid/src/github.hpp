#pragma once

#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/http_client/client.hpp>
#include <platform/openid/provider.hpp>

namespace busflow::openid {

/// Who the access token is of: https://docs.github.com/rest/users/users and …/users/emails. kOauthProfileFetchFailed.
Result<Profile> github_profile(Context& context, const http_client::Client& client, const std::string& api_url,
                               const std::string& access_token);

}  // namespace busflow::openid
