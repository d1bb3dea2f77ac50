#include "github.hpp"

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/json/json.hpp>

#include "id_token.hpp"

namespace busflow::openid {
namespace {

Result<json::Value> get(Context& context, const http_client::Client& client, const std::string& url,
                        const std::string& access_token) {
  const auto answer = client.send(context, {.url = url,
                                            .headers = {{"authorization", "Bearer " + access_token},
                                                        {"accept", "application/vnd.github+json"},
                                                        {"x-github-api-version", "2022-11-28"}}});
  if (!answer) return fail(ErrorName::kOauthProfileFetchFailed, std::string(answer.error().message()));
  if (answer->status != 200)
    return fail(ErrorName::kOauthProfileFetchFailed, fmt::format("the provider answered {}", answer->status));
  return json::parse(answer->body);
}

/// The main address, where GitHub has verified it.
std::string verified_address(const json::Value& list) {
  if (!list.is_array()) return {};
  for (const auto& entry : list.get_array()) {
    const auto* fields = entry.if_object();
    const auto is = [&](std::string_view name) {
      const auto* value = fields->if_contains(name);
      return value != nullptr && value->is_bool() && value->get_bool();
    };
    if (fields != nullptr && is("primary") && is("verified")) return lower_case(text_of(*fields, "email"));
  }
  return {};
}

}  // namespace

Result<Profile> github_profile(Context& context, const http_client::Client& client, const std::string& api_url,
                               const std::string& access_token) {
  BUSFLOW_TRY(const auto user, get(context, client, api_url + "/user", access_token));
  BUSFLOW_TRY(const auto emails, get(context, client, api_url + "/user/emails", access_token));
  const auto* fields = user.if_object();
  const auto* id = fields == nullptr ? nullptr : fields->if_contains("id");
  if (id == nullptr || !id->is_int64())
    return fail(ErrorName::kOauthProfileFetchFailed, "the provider does not say who it is");
  Profile profile{.subject = std::to_string(id->get_int64()),
                  .email = verified_address(emails),
                  .email_verified = true,
                  .display_name = text_of(*fields, "name"),
                  .avatar_url = safe_picture(text_of(*fields, "avatar_url")),
                  .locale = {}};
  if (profile.display_name.empty()) profile.display_name = text_of(*fields, "login");
  return profile;
}

}  // namespace busflow::openid
