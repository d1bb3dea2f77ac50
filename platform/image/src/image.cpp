#include <platform/image/image.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <mutex>
#include <stdexcept>

#include <vips/vips.h>

#include <fmt/format.h>

namespace busflow::image {
namespace {

struct FormatInfo {
  Format format;
  std::string_view media_type;
  std::string_view extension;
};
constexpr std::array kFormats = {
    FormatInfo{Format::kJpeg, "image/jpeg", "jpeg"}, FormatInfo{Format::kPng, "image/png", "png"},
    FormatInfo{Format::kWebp, "image/webp", "webp"}, FormatInfo{Format::kAvif, "image/avif", "avif"}};
constexpr std::uint32_t kLongestSide = 16384;
constexpr int kAvifEffort = 2;  // Of 9: the slower ones save a few percent.

const FormatInfo& info(Format format) { return *std::ranges::find(kFormats, format, &FormatInfo::format); }

struct Release {
  void operator()(VipsImage* image) const { g_object_unref(image); }
  void operator()(void* memory) const { g_free(memory); }
};
using Image = std::unique_ptr<VipsImage, Release>;

/// libvips can read dozens of formats by libraries of very different quality: all but four are shut.
void start() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (vips_init("busflow") != 0) throw std::runtime_error("libvips does not start");
    // What it warns of is about single files, and comes back as an error where it matters.
    g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, [](const char*, GLogLevelFlags, const char*, void*) {}, nullptr);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    for (const char* loader :
         {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadHeif"})
      vips_operation_block_set(loader, FALSE);
  });
}

/// What a computation has to look at while it runs.
struct Watch {
  const Context& context;
  SteadyTime deadline;
  bool is_late() const { return context.clock.steady_now() >= deadline || !context.check(); }
};

void look_at_the_clock(VipsImage* image, VipsProgress* /*progress*/, void* data) {
  if (static_cast<const Watch*>(data)->is_late()) vips_image_set_kill(image, TRUE);
}

std::unexpected<Error> not_readable() {
  vips_error_clear();
  return fail(ErrorName::kDataException, "the file cannot be read as an image");
}

std::unexpected<Error> too_large(double width, double height) {
  return fail(ErrorName::kPayloadTooLarge,
              fmt::format("the image has {:.0f} x {:.0f} pixels, which is too large to work "
                          "with",
                          width, height));
}

Result<Image> open(const std::string& bytes) {
  Image image(vips_image_new_from_buffer(bytes.data(), bytes.size(), "", "access", VIPS_ACCESS_SEQUENTIAL, nullptr));
  if (!image) return not_readable();
  return image;
}

/// The size that is wanted, where only one side is given or none.
struct Size {
  double width;
  double height;
};
Size size_of(const VipsImage* image, const Transform& wanted) {
  const double width = vips_image_get_width(image);
  const double height = vips_image_get_height(image);
  if (wanted.width && wanted.height) return {double(*wanted.width), double(*wanted.height)};
  if (wanted.width) return {double(*wanted.width), std::max(1.0, std::round(height * *wanted.width / width))};
  if (wanted.height) return {std::max(1.0, std::round(width * *wanted.height / height)), double(*wanted.height)};
  return {width, height};
}

Result<Image> scaled(const std::string& bytes, const Transform& wanted) {
  VipsImage* out = nullptr;
  const bool has_size = wanted.width || wanted.height;
  if (!has_size) {
    BUSFLOW_TRY(const auto whole, open(bytes));
    if (vips_autorot(whole.get(), &out, nullptr) != 0) return not_readable();
    return Image(out);
  }
  const bool cuts = wanted.width && wanted.height;
  const auto side = [](const std::optional<std::uint32_t>& given) {
    return given ? static_cast<int>(*given) : VIPS_MAX_COORD;
  };
  if (vips_thumbnail_buffer(const_cast<char*>(bytes.data()), bytes.size(), &out, side(wanted.width), "height",
                            side(wanted.height), "crop", cuts ? VIPS_INTERESTING_CENTRE : VIPS_INTERESTING_NONE,
                            nullptr) != 0)
    return not_readable();
  return Image(out);
}

Result<Image> blurred(Image image, double sigma) {
  if (sigma <= 0) return image;
  VipsImage* out = nullptr;
  if (vips_gaussblur(image.get(), &out, sigma, nullptr) != 0) return not_readable();
  return Image(out);
}

int save(VipsImage* image, const Transform& wanted, void** bytes, std::size_t* size) {
  const int quality = static_cast<int>(wanted.quality);
  switch (wanted.format) {
    case Format::kJpeg: return vips_jpegsave_buffer(image, bytes, size, "Q", quality, "strip", TRUE, nullptr);
    case Format::kPng: return vips_pngsave_buffer(image, bytes, size, "strip", TRUE, nullptr);
    case Format::kWebp: return vips_webpsave_buffer(image, bytes, size, "Q", quality, "strip", TRUE, nullptr);
    case Format::kAvif:
      return vips_heifsave_buffer(image, bytes, size, "Q", quality, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1,
                                  "effort", kAvifEffort, "strip", TRUE, nullptr);
  }
  return -1;
}

}  // namespace

std::optional<Format> format_of(std::string_view media_type) {
  const auto found = std::ranges::find(kFormats, media_type, &FormatInfo::media_type);
  return found == kFormats.end() ? std::nullopt : std::optional(found->format);
}

std::string_view media_type_of(Format format) { return info(format).media_type; }
std::string_view extension_of(Format format) { return info(format).extension; }

Result<std::string> transform(Context& context, const std::string& bytes, const Transform& wanted,
                              const Limits& limits) {
  start();
  // Only the head is read here: a few bytes may claim to be millions of pixels.
  BUSFLOW_TRY(const auto head, open(bytes));
  const Size before{double(vips_image_get_width(head.get())), double(vips_image_get_height(head.get()))};
  const Size after = size_of(head.get(), wanted);
  const auto pixels = static_cast<double>(limits.pixels);
  if (before.width * before.height > pixels) return too_large(before.width, before.height);
  if (after.width * after.height > pixels || std::max(after.width, after.height) > kLongestSide)
    return too_large(after.width, after.height);

  BUSFLOW_TRY(auto image, scaled(bytes, wanted));
  BUSFLOW_TRY(image, blurred(std::move(image), wanted.blur));
  Watch watch{.context = context, .deadline = context.clock.steady_now() + limits.time};
  vips_image_set_progress(image.get(), TRUE);
  g_signal_connect(image.get(), "eval", G_CALLBACK(look_at_the_clock), &watch);
  void* saved = nullptr;
  std::size_t size = 0;
  const bool is_saved = save(image.get(), wanted, &saved, &size) == 0;
  const std::unique_ptr<void, Release> owner(saved);
  if (!is_saved && watch.is_late()) {
    vips_error_clear();
    return fail(ErrorName::kDeadlineExceeded, "the image takes too long to work with");
  }
  if (!is_saved) return not_readable();
  return std::string(static_cast<const char*>(saved), size);
}

}  // namespace busflow::image
