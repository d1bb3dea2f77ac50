#include <string>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <platform/base/clock.hpp>
#include <platform/base/context.hpp>
#include <platform/image/image.hpp>
#include <platform/media_type/media_type.hpp>

namespace busflow::image {
namespace {

class ImageTest : public testing::Test {
 protected:
  Context context() { return {.clock = clock_, .identifiers = identifiers_}; }

  /// A PNG of one colour, made of the smallest one by scaling it.
  std::string picture(std::uint32_t width, std::uint32_t height, Format format = Format::kPng) {
    constexpr unsigned char kDot[] = {
        0x89, 'P',  'N',  'G', 0x0d, 0x0a, 0x1a, 0x0a, 0,    0,    0,    0x0d, 'I',  'H',  'D',  'R', 0, 0,
        0,    1,    0,    0,   0,    1,    8,    2,    0,    0,    0,    0x90, 0x77, 0x53, 0xde, 0,   0, 0,
        0x0c, 'I',  'D',  'A', 'T',  0x08, 0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0,    0,    3,    1,    1,   0, 0x18,
        0xdd, 0x8d, 0xb0, 0,   0,    0,    0,    'I',  'E',  'N',  'D',  0xae, 0x42, 0x60, 0x82};
    auto here = context();
    const auto made = transform(here, std::string(reinterpret_cast<const char*>(kDot), sizeof kDot),
                                {.width = width, .height = height, .format = format});
    EXPECT_TRUE(made) << made.error().message();
    return made.value_or("");
  }
  /// "100x50", as the PNG's head says.
  static std::string size_of(const std::string& png) {
    const auto number = [&](std::size_t at) {
      std::uint32_t value = 0;
      for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(png.at(at + i));
      return value;
    };
    return fmt::format("{}x{}", number(16), number(20));
  }
  Result<std::string> make(const std::string& bytes, const Transform& wanted, const Limits& limits = {}) {
    auto here = context();
    return transform(here, bytes, wanted, limits);
  }

  SystemClock clock_;
  RandomIdentifierSource identifiers_;
};

TEST_F(ImageTest, OneSideKeepsTheRatioAndBothCut) {
  const auto wide = picture(200, 100);
  EXPECT_EQ(size_of(make(wide, {.width = 50, .format = Format::kPng}).value()), "50x25");
  EXPECT_EQ(size_of(make(wide, {.height = 50, .format = Format::kPng}).value()), "100x50");
  EXPECT_EQ(size_of(make(wide, {.width = 50, .height = 50, .format = Format::kPng}).value()), "50x50");
  EXPECT_EQ(size_of(make(wide, {.blur = 3, .format = Format::kPng}).value()), "200x100");
}

TEST_F(ImageTest, EveryFormatIsReadAndWritten) {
  for (const auto from : {Format::kJpeg, Format::kPng, Format::kWebp, Format::kAvif}) {
    const auto source = picture(64, 64, from);
    EXPECT_EQ(media_type::detect(source), media_type_of(from));
    for (const auto to : {Format::kJpeg, Format::kPng, Format::kWebp, Format::kAvif}) {
      const auto made = make(source, {.width = 16, .format = to});
      ASSERT_TRUE(made) << made.error().message();
      EXPECT_EQ(media_type::detect(*made), media_type_of(to));
    }
  }
  EXPECT_EQ(format_of("image/svg+xml"), std::nullopt);
}

TEST_F(ImageTest, AFewBytesThatClaimMillionsOfPixelsAreRefusedUnread) {
  auto bomb = picture(8, 8);
  bomb[16] = bomb[20] = 0;
  bomb[17] = bomb[21] = 0;
  bomb[18] = bomb[22] = '\x7f';  // 32,512 x 32,512
  const auto made = make(bomb, {.width = 10});
  ASSERT_FALSE(made);
  // The head's check sum is wrong now; a bomb with a right one is a picture beyond the limit.
  const auto large = make(picture(400, 300), {.width = 10}, {.pixels = 100'000});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().name, ErrorName::kPayloadTooLarge);
  EXPECT_NE(large.error().message().find("400 x 300"), std::string_view::npos);
}

TEST_F(ImageTest, WhatWouldBecomeTooLargeIsRefused) {
  // One pixel wide and very high: as wide as a page it would be higher than a house.
  const auto thread = picture(1, 5000);
  const auto made = make(thread, {.width = 4000});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().name, ErrorName::kPayloadTooLarge);
}

TEST_F(ImageTest, OtherFormatsAreNotEvenTried) {
  for (const std::string text :
       {"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>", "GIF89a", "%PDF-1.7\n",
        "push graphic-context\nimage over 0,0 0,0 'https://127.0.0.1/x'", "II*\0\0\0\0\0", "", "\xff\xd8\xff"}) {
    const auto made = make(text, {.width = 10});
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().name, ErrorName::kDataException);
  }
}

TEST_F(ImageTest, TooMuchWorkEnds) {
  const auto large = picture(3000, 3000, Format::kJpeg);
  const auto made = make(large, {.blur = 50, .format = Format::kAvif}, {.time = std::chrono::milliseconds(0)});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().name, ErrorName::kDeadlineExceeded);
}

}  // namespace
}  // namespace busflow::image
