#include "execute/json_places.hpp"

#include <gtest/gtest.h>

namespace busflow::graphql {
namespace {

using Views = std::vector<std::string_view>;

Views at(std::string_view text, const std::vector<std::string>& place) { return values_at(text, place); }

TEST(ValuesAt, FollowsMembersThroughLists) {
  constexpr std::string_view kText =
      R"({"a" : [{"b": [1, "x"], "c": {"b": [9]}}, {"b" :null}, {"b": {"d": []}}], "b": 7})";
  EXPECT_EQ(at(kText, {"a", "b"}), (Views{R"([1, "x"])", R"({"d": []})"}));
  EXPECT_EQ(at(kText, {"a", "c", "b"}), (Views{"[9]"}));
  EXPECT_EQ(at(kText, {"b"}), (Views{"7"}));
  EXPECT_EQ(at(kText, {"a", "gone"}), Views{});
  EXPECT_EQ(at(kText, {"b", "c"}), Views{});
  EXPECT_EQ(at(R"([[{"a":1}],[],[{"a":2.50}]])", {"a"}), (Views{"1", "2.50"}));
}

TEST(ValuesAt, IsNotMisledByText) {
  constexpr std::string_view kText = R"({"t":"\"]}{[,\\","j":{"a":{"a":[3]}},"a":"a\"b","e":"\\"})";
  EXPECT_EQ(at(kText, {"a"}), (Views{R"("a\"b")"}));
  EXPECT_EQ(at(kText, {"j", "a", "a"}), (Views{"[3]"}));
  EXPECT_EQ(at(kText, {"e"}), (Views{R"("\\")"}));
}

TEST(ItemsOf, CutsAList) {
  EXPECT_EQ(items_of(R"( [1 , "a,]", [2, [3]], {"b": "]"}, null])"),
            (Views{"1", R"("a,]")", "[2, [3]]", R"({"b": "]"})", "null"}));
  EXPECT_EQ(items_of("[ ]"), Views{});
}

TEST(Replaced, KeepsTheRestToTheLetter) {
  const std::string text = R"({"a": [[1], [2]], "n": 1.000})";
  const auto places = items_of(std::string_view(text).substr(6, 10));
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(replaced(text, places, Views{R"({"x":1})", "null"}), R"({"a": [{"x":1}, null], "n": 1.000})");
  EXPECT_EQ(replaced(text, {}, {}), text);
}

}  // namespace
}  // namespace busflow::graphql
