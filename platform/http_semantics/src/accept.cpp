#include <platform/http_semantics/accept.hpp>

#include <algorithm>
#include <charconv>

#include <platform/base/text.hpp>

namespace busflow::http_semantics {
namespace {

struct Range {
  std::string_view type;
  double quality = 1;
};

Range read(std::string_view part) {
  Range range{.type = trim(part.substr(0, part.find(';')))};
  while (part.contains(';')) {
    part.remove_prefix(part.find(';') + 1);
    const auto parameter = trim(part.substr(0, part.find(';')));
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    double quality = 0;
    const auto text = parameter.substr(2);
    std::from_chars(text.data(), text.data() + text.size(), quality);
    range.quality = std::clamp(quality, 0.0, 1.0);
  }
  return range;
}

/// 3: the type itself, 2: all of its kind, 1: everything, 0: it does not fit.
int fit(std::string_view range, std::string_view media_type) {
  if (lower_case(range) == media_type) return 3;
  if (range == "*/*") return 1;
  const bool is_kind = range.ends_with("/*") && media_type.starts_with(lower_case(range.substr(0, range.size() - 1)));
  return is_kind ? 2 : 0;
}

double preference(std::string_view accept, std::string_view media_type, int least) {
  int best = least - 1;
  double quality = 0;
  for (const auto part : split_list(accept)) {
    const Range range = read(part);
    if (const int fits = fit(range.type, media_type); fits > best) {
      best = fits;
      quality = range.quality;
    }
  }
  return quality;
}

}  // namespace

double preference_for(std::string_view accept, std::string_view media_type) {
  return trim(accept).empty() ? 1 : preference(accept, media_type, 1);
}

double named_preference_for(std::string_view accept, std::string_view media_type) {
  return preference(accept, media_type, 3);
}

}  // namespace busflow::http_semantics
