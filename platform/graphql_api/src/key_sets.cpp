#include "key_sets.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace busflow::graphql_api {
namespace {

constexpr std::chrono::seconds kLongestAge{3600};
constexpr std::chrono::seconds kBetweenFetches{10};

std::chrono::seconds age_of(const http_client::Response& response) {
  const std::string_view control = response.header("cache-control").value_or("");
  constexpr std::string_view kMaxAge = "max-age=";
  const auto at = control.find(kMaxAge);
  if (at == std::string_view::npos) return kLongestAge;
  const auto digits = control.substr(at + kMaxAge.size());
  std::int64_t seconds = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  return std::clamp(std::chrono::seconds(seconds), kBetweenFetches, kLongestAge * 24);
}

}  // namespace

std::shared_ptr<const token::KeySet> KeySets::known(const std::string& url, const std::string& key_id,
                                                    SteadyTime now) const {
  const std::lock_guard lock(mutex_);
  const auto found = sets_.find(url);
  if (found == sets_.end() || now >= found->second.expires) return nullptr;
  const Entry& entry = found->second;
  const bool has_key =
      key_id.empty() || std::ranges::find(*entry.keys, key_id, &token::VerificationKey::id) != entry.keys->end();
  return has_key || now < entry.fetched + kBetweenFetches ? entry.keys : nullptr;
}

Result<std::shared_ptr<const token::KeySet>> KeySets::fetch(Context& context, const std::string& url) {
  const auto response = client_.send(context, {.url = url, .timeout = std::chrono::seconds(10)});
  const std::lock_guard lock(mutex_);
  const SteadyTime now = context.clock.steady_now();
  auto set = response && response->is_success()
                 ? token::read_key_set(response->body)
                 : fail(ErrorName::kInternal, fmt::format("the key set at {} cannot be fetched", url));
  const auto known = sets_.find(url);
  if (!set) {
    if (known == sets_.end()) return std::unexpected(set.error());
    known->second.fetched = now;  // The last good one serves on; no storm of fetches.
    known->second.expires = std::max(known->second.expires, now + kBetweenFetches);
    return known->second.keys;
  }
  auto keys = std::make_shared<const token::KeySet>(std::move(*set));
  sets_.insert_or_assign(url, Entry{keys, now, now + age_of(*response)});
  return keys;
}

}  // namespace busflow::graphql_api
