#include <gtest/gtest.h>

#include <platform/web_address/web_address.hpp>

namespace busflow::web_address {
namespace {

TEST(WebAddress, IsNormalised) {
  const auto address = parse("HTTPS://Example.COM/a/../b?x=1#y");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->origin, "https://example.com");
  EXPECT_EQ(address->path, "/b");
  EXPECT_EQ(parse("http://localhost:8080")->path, "/");
  EXPECT_EQ(parse("http://localhost:8080")->origin, "http://localhost:8080");
}

TEST(WebAddress, IsNothingElse) {
  for (const auto* text :
       {"", "/path", "//example.com/", "example.com", "javascript:alert(1)", "data:text/html,x", "ftp://example.com/",
        "https:example.com", "https://a@example.com/", "https://example.com\\@evil.example/", "https://example.com/ x",
        "https://exa\nmple.com/", "https:///path"})
    EXPECT_FALSE(parse(text)) << text;
}

TEST(WebAddress, GetsParameters) {
  EXPECT_EQ(with_parameters("https://example.com/a?b=1#c", {{"token", "x&y z"}}),
            "https://example.com/a?b=1&token=x%26y%20z#c");
  EXPECT_EQ(with_parameters("https://example.com/?token=theirs", {{"token", "ours"}}),
            "https://example.com/?token=ours");
}

TEST(ParametersTest, SurviveReadersThatTakeAPlusForASpace) {
  EXPECT_EQ(with_parameters("https://a.example/x?y=1", {{"to", "anna+trips@example.com"}, {"n", "a b&c"}}),
            "https://a.example/x?y=1&to=anna%2Btrips%40example.com&n=a%20b%26c");
}

TEST(FormTest, FieldsAreDecoded) {
  EXPECT_EQ(form_field("a=1&b=x+y%26z&b=2", "b"), "x y&z");
  EXPECT_EQ(form_field("a=", "a"), "");
  EXPECT_EQ(form_field("a=1", "b"), std::nullopt);
  EXPECT_EQ(form_field("a=%zz", "a"), std::nullopt);
}

}  // namespace
}  // namespace busflow::web_address
