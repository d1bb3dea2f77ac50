#pragma once

#include <string>

#include <platform/application/module.hpp>
#include <platform/base/result.hpp>
#include <platform/http_client/client.hpp>
#include <platform/token/minter.hpp>

/// What happens in the product, told to workflows elsewhere, such as n8n's, by webhook. They answer with requests of
/// their own, for which each webhook carries a token of little right. The protocol: docs/protocols/automation.md.
namespace busflow::automation {

struct Options {
  std::string webhook_url;     ///< Empty: nothing is told to anybody.
  std::string signing_secret;  ///< At least kShortestSecret bytes; both sides know it.
};

inline constexpr std::size_t kShortestSecret = 32;
/// The role of the tokens: permissions of GraphQL name it.
inline constexpr std::string_view kRole = "automation";

/// kInvalidSetting for an address without a secret that is long enough.
Result<void> check(const Options& options);

struct Dependencies {
  const token::Minter& minter;      ///< Outlives the module, as the client does.
  const http_client::Client& http;  ///< May reach the webhook's address.
  Options options;
};

application::Module make_module(Dependencies dependencies);

}  // namespace busflow::automation
