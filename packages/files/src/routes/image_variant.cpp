#include "routes/image_variant.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include <platform/http_semantics/accept.hpp>

namespace busflow::files {
namespace {

using application::RouteRequest;

constexpr std::array<std::string_view, 5> kParameters = {"w", "h", "q", "b", "f"};
constexpr std::uint32_t kLongestSide = 16384;
constexpr double kStrongestBlur = 100;

template <class Number>
Result<std::optional<Number>> read_number(const RouteRequest& request, std::string_view name, Number least,
                                          Number most) {
  const auto text = request.query_parameter(name);
  if (!text) return std::nullopt;
  Number value{};
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), value);
  const bool is_number = problem == std::errc() && end == text->data() + text->size();
  if (is_number && value >= least && value <= most) return value;
  return fail(ErrorName::kValidationFailed, fmt::format("'{}' must be a number from {} to {}", name, least, most),
              fmt::format("$.{}", name));
}

/// The smallest of those that the client names; the file's own where it names none.
image::Format best_for(std::string_view accept, image::Format own) {
  using enum image::Format;
  auto best = own;
  double most = 0;
  for (const auto format : {kAvif, kWebp, kJpeg, kPng}) {
    const auto wanted = http_semantics::named_preference_for(accept, image::media_type_of(format));
    if (wanted > most) {
      most = wanted;
      best = format;
    }
  }
  return best;
}

Result<image::Format> read_format(const RouteRequest& request, image::Format own, bool& depends_on_accept) {
  const auto text = request.query_parameter("f").value_or("same");
  if (text == "same") return own;
  depends_on_accept = text == "auto";
  if (depends_on_accept) return best_for(request.header("accept").value_or(""), own);
  const auto format = image::format_of(fmt::format("image/{}", text));
  if (!format) return fail(ErrorName::kValidationFailed, "'f' must be auto, same, jpeg, png, webp or avif", "$.f");
  return *format;
}

}  // namespace

Result<std::optional<ImageVariant>> read_image_variant(const RouteRequest& request, const File& file) {
  const bool wants =
      std::ranges::any_of(kParameters, [&](std::string_view name) { return request.query.contains(name); });
  if (!wants) return std::nullopt;
  const auto own = image::format_of(file.mime_type);
  if (!own) {
    return fail(ErrorName::kNotSupported,
                fmt::format("image manipulation features are not supported for '{}'", file.mime_type));
  }
  ImageVariant variant;
  auto& transform = variant.transform;
  BUSFLOW_TRY(transform.width, read_number<std::uint32_t>(request, "w", 1, kLongestSide));
  BUSFLOW_TRY(transform.height, read_number<std::uint32_t>(request, "h", 1, kLongestSide));
  BUSFLOW_TRY(const auto quality, read_number<std::uint32_t>(request, "q", 1, 100));
  BUSFLOW_TRY(const auto blur, read_number<double>(request, "b", 0, kStrongestBlur));
  BUSFLOW_TRY(transform.format, read_format(request, *own, variant.depends_on_accept));
  transform.quality = quality.value_or(transform.quality);
  transform.blur = blur.value_or(0);
  variant.etag = fmt::format("{}-{}x{}q{}b{}.{}\"", file.etag.substr(0, file.etag.size() - 1),
                             transform.width.value_or(0), transform.height.value_or(0), transform.quality,
                             transform.blur, image::extension_of(transform.format));
  return variant;
}

std::string variant_name(const std::string& name, image::Format format) {
  return fmt::format("{}.{}", name.substr(0, name.rfind('.')), image::extension_of(format));
}

}  // namespace busflow::files
