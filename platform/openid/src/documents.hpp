#pragma once

#include <mutex>
#include <optional>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/http_client/client.hpp>
#include <platform/openid/provider.hpp>
#include <platform/token/key_set.hpp>

namespace busflow::openid {

/// What an issuer publishes about itself. Thread-safe.
class Provider::Documents {
 public:
  struct Discovery {
    std::string issuer;
    std::string authorization_url;
    std::string token_url;
    std::string keys_url;
    bool takes_basic = true;  ///< The client's secret in a header; else in the form.
  };

  Documents(std::string issuer, const http_client::Client& client) : issuer_(std::move(issuer)), client_(client) {}

  /// kUpstreamInvalid when the document is none, or another issuer's.
  Result<Discovery> discovery(Context& context);
  /// With a key for the token, if the issuer has one.
  Result<token::KeySet> keys_for(Context& context, const token::UnverifiedToken& token);

 private:
  Result<std::string> fetch(Context& context, const std::string& url);

  const std::string issuer_;
  const http_client::Client& client_;
  std::mutex mutex_;              // Held while fetching: others wait for the same answer instead of asking as well.
  std::optional<Error> trouble_;  // Told again for a while: a provider that is away must not hold all our threads.
  SteadyTime troubled_at_{};
  std::optional<Discovery> discovery_;
  SteadyTime discovered_at_{};
  std::optional<token::KeySet> keys_;
  SteadyTime keys_fetched_at_{};
};

}  // namespace busflow::openid
