#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <platform/multipart/multipart.hpp>

namespace busflow::multipart {
namespace {

constexpr auto kForm =
    "preamble\r\n--x-y\r\nContent-Disposition: form-data; name=\"bucket-id\"\r\n\r\ndefault\r\n"
    "--x-y\r\ncontent-disposition: form-data; name=\"file[]\"; filename=\"a \\\"b\\\".txt\"\r\nContent-Type: "
    "text/plain\r\n\r\none\r\n--x-\r\n--x\r\n--x-y\r\nContent-Disposition: form-data; "
    "name=empty\r\n\r\n\r\n--x-y--\r\nepilogue";

/// The body in pieces of the sizes that `size` gives.
Reader::Source in_pieces(std::string body, std::function<std::size_t()> size) {
  return [body = std::move(body), size = std::move(size), at = std::size_t{0}]() mutable -> Result<std::string> {
    auto piece = body.substr(at, size());
    at += piece.size();
    return piece;
  };
}

Reader reader(std::string body, std::size_t size = 1000) {
  return {"x-y", in_pieces(std::move(body), [size] { return size; })};
}

std::string read_form(Reader& form) {
  std::string text;
  for (;;) {
    const auto part = form.next();
    if (!part) return text + "error: " + std::string(part.error().message());
    if (!*part) return text;
    const auto body = form.read_all(1000);
    text += fmt::format("{}|{}|{}|{};", (*part)->name, (*part)->file_name.value_or("-"), (*part)->content_type,
                        body ? *body : "error");
  }
}

constexpr auto kRead = "bucket-id|-||default;file[]|a \"b\".txt|text/plain|one\r\n--x-\r\n--x;empty|-||;";

TEST(Multipart, IsReadHoweverItComes) {
  for (std::size_t size = 1; size < 60; ++size) {
    auto form = reader(kForm, size);
    EXPECT_EQ(read_form(form), kRead) << size;
  }
  std::mt19937 random(20261127);
  for (int round = 0; round < 200; ++round) {
    Reader form("x-y", in_pieces(kForm, [&] { return std::size_t{1} + random() % 90; }));
    EXPECT_EQ(read_form(form), kRead);
  }
}

TEST(Multipart, PartsCanBeSkipped) {
  auto form = reader(kForm, 7);
  EXPECT_EQ((*form.next())->name, "bucket-id");
  EXPECT_EQ((*form.next())->name, "file[]");
  EXPECT_EQ((*form.next())->name, "empty");
  EXPECT_FALSE(*form.next());
  EXPECT_FALSE(*form.next());
}

TEST(Multipart, WhatEndsTooEarlyIsAnError) {
  const std::string form = kForm;
  const auto end = form.find("--x-y--");
  for (std::size_t length = 0; length < end + 6; ++length) {
    auto cut = reader(form.substr(0, length), 9);
    EXPECT_TRUE(read_form(cut).contains("error: malformed multipart body")) << length;
  }
}

TEST(Multipart, WhatIsMalformedIsAnError) {
  for (const auto* body : {"", "--x-y\r\n\r\nx\r\n--x-y--", "--x-yz\r\n\r\n", "--x-y\r\nno colon\r\n\r\nx\r\n--x-y--",
                           "--x-y\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x-y--"}) {
    auto form = reader(body);
    EXPECT_TRUE(read_form(form).contains("error: ")) << body;
  }
  auto endless = reader("--x-y\r\nA: " + std::string(20000, 'a') + "\r\n\r\nx\r\n--x-y--");
  EXPECT_TRUE(read_form(endless).contains("too long"));
}

TEST(Multipart, ABoundaryIsFound) {
  EXPECT_EQ(boundary_of("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(boundary_of("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""), "a b");
  for (const auto* other : {"", "application/json", "multipart/form-data", "multipart/mixed; boundary=abc",
                            "multipart/form-data; boundary="})
    EXPECT_FALSE(boundary_of(other)) << other;
  EXPECT_FALSE(boundary_of("multipart/form-data; boundary=" + std::string(71, 'a')));
}

TEST(Multipart, ALimitHolds) {
  auto form = reader(kForm);
  ASSERT_TRUE(form.next());
  EXPECT_EQ(form.read_all(6).error().name, ErrorName::kPayloadTooLarge);
}

}  // namespace
}  // namespace busflow::multipart
