#include <string>

#include <gtest/gtest.h>

#include <platform/media_type/media_type.hpp>

namespace busflow::media_type {
namespace {

TEST(MediaType, IsFoundByTheFirstBytes) {
  EXPECT_EQ(detect(std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\b\6\0\0\0", 29)), "image/png");
  EXPECT_EQ(detect("%PDF-1.7\n"), "application/pdf");
  EXPECT_EQ(detect("<!doctype html><html><body></body></html>"), "text/html");
  EXPECT_EQ(detect("just words"), "text/plain");
  EXPECT_EQ(detect(std::string("\0\1\2\3\4", 5)), kUnknown);
}

TEST(MediaType, WhatABrowserWouldRunIsKnown) {
  for (const auto* active : {"text/html", "TEXT/HTML; charset=utf-8", "image/svg+xml", "application/xhtml+xml",
                             "text/xml", "application/xml", "text/javascript"})
    EXPECT_TRUE(is_active(active)) << active;
  for (const auto* passive : {"image/png", "application/pdf", "text/plain", ""})
    EXPECT_FALSE(is_active(passive)) << passive;
}

}  // namespace
}  // namespace busflow::media_type
