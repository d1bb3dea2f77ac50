#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

/// Smaller and other images of an image, by libvips. Only the loaders of the four formats below are ever used, whatever
/// the bytes pretend to be.
namespace busflow::image {

enum class Format : std::uint8_t { kJpeg, kPng, kWebp, kAvif };

/// Of "image/jpeg" and so on; nothing for other types.
std::optional<Format> format_of(std::string_view media_type);
std::string_view media_type_of(Format format);
/// Without the dot.
std::string_view extension_of(Format format);

struct Transform {
  std::optional<std::uint32_t> width;  ///< Pixels. One of both keeps the ratio; both cut what is over at the edges.
  std::optional<std::uint32_t> height;
  std::uint32_t quality = 80;  ///< 1 to 100; PNG has none.
  double blur = 0;             ///< Sigma of a Gaussian, in pixels.
  Format format = Format::kJpeg;
};

struct Limits {
  std::uint64_t pixels = 50'000'000;  ///< Of the image, and of what is made of it.
  std::chrono::milliseconds time{10'000};
};

/// Takes some bytes, gives some bytes, without the camera's notes and turned the right way up. kDataException: it is no
/// such image; kPayloadTooLarge: too many pixels, before any is decoded; kDeadlineExceeded. Thread-safe.
Result<std::string> transform(Context& context, const std::string& bytes, const Transform& wanted,
                              const Limits& limits = {});

}  // namespace busflow::image
