#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <platform/graphql_api/dump_options.hpp>

namespace busflow::graphql_api {
namespace {

using Words = std::vector<std::string>;
using namespace std::string_literals;

TEST(DumpOptionsTest, WhatMayBeGiven) {
  const std::vector<Words> cases = {
      {},
      {"-O", "-x", "--schema-only", "--schema", "public"},
      {"-Ox", "-npublic", "-n", "other", "--schema=third"},
      {"-sOxnpublic"},
      {"-Fp", "--format", "plain", "--format=p", "-F", "plain"},
      {"--schema", "-fx", "-t", "--file=x", "-n", "--", "-T", ""},  // values, however they look
      {"--exclude-table-data=big", "--column-inserts", "--rows-per-insert", "100"},
      {"--schema="},
      {"--role", "reader", "-v", "--no-comments", "--restrict-key=abc"},
  };
  for (const auto& words : cases) {
    const auto checked = check_dump_options(words);
    EXPECT_TRUE(checked) << fmt::format("{}", words) << checked.error().message;
  }
}

struct Refusal {
  Words words;
  std::size_t at;
  std::string reason;
};

TEST(DumpOptionsTest, WhatMayNot) {
  const std::string files = "the dump is the answer";
  const std::string connects = "the source says";
  const std::string text = "one text";
  const std::string full = "in full";
  const std::vector<Refusal> cases = {
      {{"-f", "x"}, 0, files},
      {{"-fx"}, 0, files},
      {{"--file", "x"}, 0, files},
      {{"--file=x"}, 0, files},
      {{"--filter=x"}, 0, files},
      {{"-Ofx"}, 0, files},
      {{"-s", "-Oxf", "x"}, 1, files},
      {{"-n", "public", "-fx"}, 2, files},
      {{"--fil", "x"}, 0, full},
      {{"--fil=x"}, 0, full},
      {{"--schema-onl"}, 0, full},
      {{"--FILE=x"}, 0, full},
      {{"--unheard-of"}, 0, full},
      {{"-d", "other"}, 0, connects},
      {{"-dother"}, 0, connects},
      {{"--dbname=host=elsewhere"}, 0, connects},
      {{"--dbn=other"}, 0, full},
      {{"-h", "elsewhere"}, 0, connects},
      {{"--host=elsewhere"}, 0, connects},
      {{"-p1"}, 0, connects},
      {{"--port=1"}, 0, connects},
      {{"-Uroot"}, 0, connects},
      {{"--username=root"}, 0, connects},
      {{"-W"}, 0, connects},
      {{"--password"}, 0, connects},
      {{"-w"}, 0, connects},
      {{"--no-password"}, 0, connects},
      {{"-Fc"}, 0, text},
      {{"-F", "d"}, 0, text},
      {{"--format=tar"}, 0, text},
      {{"--format", "custom"}, 0, text},
      {{"-sFt"}, 0, text},
      {{"-j2"}, 0, text},
      {{"--jobs=2"}, 0, text},
      {{"-Z9"}, 0, text},
      {{"--compress=gzip"}, 0, text},
      {{"-V"}, 0, "no dump"},
      {{"--version"}, 0, "no dump"},
      {{"-?"}, 0, "no dump"},
      {{"--help"}, 0, "no dump"},
      {{"--binary-upgrade"}, 0, "no dump"},
      {{"other"}, 0, "name of a database"},
      {{"-O", "postgresql://elsewhere/x"}, 1, "name of a database"},
      {{"-O", "public"}, 1, "name of a database"},
      {{"--schema=a", "b"}, 1, "name of a database"},
      {{"--"}, 0, "name of a database"},
      {{"-"}, 0, "name of a database"},
      {{""}, 0, "name of a database"},
      {{"-O", "-n"}, 1, "value is missing"},
      {{"-On"}, 0, "value is missing"},
      {{"--schema"}, 0, "value is missing"},
      {{"--clean=yes"}, 0, "takes no value"},
      {{"-q"}, 0, "no option -q"},
      {{"-O-"}, 0, "no option --"},
      {{"-n", "a\0b"s}, 0, "zero byte"},
      {{"-O", "--schema=a\0b"s}, 1, "zero byte"},
  };
  for (const auto& [words, at, reason] : cases) {
    const auto checked = check_dump_options(words);
    ASSERT_FALSE(checked) << fmt::format("{}", words);
    EXPECT_EQ(checked.error().code, "bad-request");
    EXPECT_EQ(checked.error().status, 400);
    EXPECT_EQ(checked.error().path, fmt::format("$.opts[{}]", at)) << fmt::format("{}", words);
    EXPECT_TRUE(checked.error().message.contains(reason)) << fmt::format("{}", words) << checked.error().message;
  }
}

}  // namespace
}  // namespace busflow::graphql_api
