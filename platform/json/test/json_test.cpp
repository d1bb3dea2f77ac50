#include <gtest/gtest.h>

#include <platform/json/reader.hpp>

namespace busflow::json {
namespace {

TEST(Parse, NamesThePlaceOfTheError) {
  EXPECT_TRUE(parse(R"( {"a": [1, 2]} )"));
  for (const auto* wrong : {"", "{", R"({"a":})", "{} x", "nul", "\"open", "{\"a\":1}}"}) {
    const auto result = parse(wrong);
    ASSERT_FALSE(result) << wrong;
    EXPECT_EQ(result.error().name, ErrorName::kInvalidJson) << wrong;
    EXPECT_NE(result.error().detail.find("byte"), std::string::npos) << result.error().detail;
  }
}

TEST(Parse, RefusesDeepNesting) { EXPECT_FALSE(parse(std::string(100, '[') + std::string(100, ']'))); }

TEST(Quote, EscapesForJson) { EXPECT_EQ(quote("a\"b\n"), R"("a\"b\n")"); }

TEST(Reader, NamesTheFieldThatIsWrong) {
  const auto document = parse(R"({"name": "Harz", "seats": 49, "inner": {"id": "nope"}})");
  ASSERT_TRUE(document);
  const auto reader = Reader::from(*document);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->text("name"), "Harz");
  EXPECT_EQ(reader->integer("seats"), 49);
  EXPECT_EQ(reader->text("seats").error().path, "$.seats");
  EXPECT_NE(reader->text("missing").error().detail.find("missing required field"), std::string::npos);
  EXPECT_EQ(reader->object("inner")->uuid("id").error().path, "$.inner.id");
  EXPECT_FALSE(reader->optional_text("missing").value());
  EXPECT_TRUE(reader->only({"name", "seats", "inner"}));
  EXPECT_EQ(reader->only({"name"}).error().path, "$.seats");
  EXPECT_FALSE(Reader::from(Value(1)));
}

}  // namespace
}  // namespace busflow::json
