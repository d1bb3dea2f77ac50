#include <platform/http/content_coding.hpp>

#include <optional>
#include <string_view>

#include <platform/base/text.hpp>

namespace busflow::http {
namespace {

/// What was said about a coding; nothing while it was not named. Named twice, a refusal counts.
using Wish = std::optional<bool>;

struct Wishes {
  Wish gzip;
  Wish identity;
  Wish others;
};

/// "0", "0.", "0.000": the only qualities that say no.
bool is_zero(std::string_view quality) {
  if (!quality.starts_with('0')) return false;
  quality.remove_prefix(1);
  if (quality.starts_with('.')) quality.remove_prefix(1);
  return quality.find_first_not_of('0') == std::string_view::npos;
}

bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = parameters.find(';');
    const auto parameter = trim(parameters.substr(0, end));
    if ((parameter.starts_with("q=") || parameter.starts_with("Q=")) && is_zero(parameter.substr(2))) return true;
    parameters.remove_prefix(end == std::string_view::npos ? parameters.size() : end + 1);
  }
  return false;
}

void note(Wishes& wishes, std::string_view item) {
  const auto semicolon = item.find(';');
  const std::string name = lower_case(trim(item.substr(0, semicolon)));
  const bool allowed = semicolon == std::string_view::npos || !is_refused(item.substr(semicolon + 1));
  const auto say = [allowed](Wish& wish) { wish = wish.value_or(true) && allowed; };
  if (name == "gzip" || name == "x-gzip") say(wishes.gzip);
  if (name == "identity") say(wishes.identity);
  if (name == "*") say(wishes.others);
}

}  // namespace

AcceptedCodings accepted_codings(const std::vector<std::pair<std::string, std::string>>& headers) {
  Wishes wishes;
  for (const auto& [name, value] : headers) {
    if (name != "accept-encoding") continue;
    for (const auto item : split_list(value)) note(wishes, item);
  }
  // Identity is there unless it is excluded; the others are not unless they are asked for.
  return {.gzip = wishes.gzip.value_or(wishes.others.value_or(false)),
          .identity = wishes.identity.value_or(wishes.others.value_or(true))};
}

}  // namespace busflow::http
