#include "redirect_policy.hpp"

#include <algorithm>

#include <platform/base/text.hpp>
#include <platform/web_address/web_address.hpp>

namespace busflow::identity {
namespace {

/// '*' is any characters but '/', '**' any at all.
bool fits(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() != '*')
    return !text.empty() && text.front() == pattern.front() && fits(pattern.substr(1), text.substr(1));
  const bool crosses = pattern.starts_with("**");
  const auto rest = pattern.substr(crosses ? 2 : 1);
  for (std::size_t taken = 0;; ++taken) {
    if (fits(rest, text.substr(taken))) return true;
    if (taken == text.size() || (!crosses && text[taken] == '/')) return false;
  }
}

bool is_below(std::string_view path, std::string_view folder) {
  if (folder.ends_with('/')) folder.remove_suffix(1);
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

RedirectPolicy::RedirectPolicy(std::string client_url, std::string_view allowed) : client_url_(std::move(client_url)) {
  for (const auto pattern : split_list(allowed)) patterns_.emplace_back(pattern);
}

bool RedirectPolicy::allows(const std::string& url) const {
  const auto asked = web_address::parse(url);
  if (!asked) return false;
  const auto client = web_address::parse(client_url_);
  if (client && asked->origin == client->origin && is_below(asked->path, client->path)) return true;
  const std::string whole = asked->origin + asked->path;
  return std::ranges::any_of(patterns_, [&](const std::string& pattern) {
    return fits(pattern, whole) || (asked->path == "/" && fits(pattern, asked->origin));
  });
}

}  // namespace busflow::identity
