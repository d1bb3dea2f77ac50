#include <array>
#include <string>

#include <gtest/gtest.h>

#include <platform/kriti/template.hpp>

namespace busflow::kriti {
namespace {

const json::Value& source() {
  static const json::Value value = json::parse(R"({
    "name": "Freddie \"J\" Jones", "age": 27, "is_author": true, "nothing": null, "my key": {"deep": [1, {"x": 2}]},
    "articles": [{"id": 0, "title": "The Elements", "published": true}, {"id": 2, "title": "Mars", "published": false}]})")
                                       .value();
  return value;
}

/// What the template makes of the source as `$`, or the message of what is wrong.
std::string render(std::string_view text) {
  const auto read = Template::parse(text);
  if (!read) return "! " + read.error().message;
  const auto made = read->render({{"$", source()}, {"$body", source()}});
  return made ? json::serialize(*made) : "! " + made.error().message;
}

TEST(Kriti, JsonIsATemplateOfItself) {
  for (const std::string text : {R"({"a":[1,-2.5,true,null,{"b":{}}],"c":"x\"y\u00e4"})", "[]", "\"\"", "17"})
    EXPECT_EQ(render(text), json::serialize(json::parse(text).value())) << text;
}

TEST(Kriti, PathsLeadIntoValues) {
  EXPECT_EQ(render("{{ $.age }}"), "27");
  EXPECT_EQ(render("{{ $body['my key'].deep[1].x }}"), "2");
  EXPECT_EQ(render(R"({"a": {{$.age}}, "b": {"c": {{ $.articles[0].id }}}})"), R"({"a":27,"b":{"c":0}})");
  EXPECT_EQ(render("{{ $.gone }}"), "! \"gone\" not found in object.");
  EXPECT_EQ(render("{{ $.articles[7] }}"), "! \"the index\" not found in object.");
  EXPECT_EQ(render("{{ $other.x }}"), "! \"$other\" is not bound.");
  EXPECT_EQ(render("{{ $?.gone.more.and.more }}"), "null");
  EXPECT_EQ(render("{{ $.articles?[9].id }}"), "null");
  EXPECT_EQ(render("{{ $?['no key'] ?? \"by default\" }}"), "\"by default\"");
  EXPECT_EQ(render("{{ $.nothing ?? $.age }}"), "27");
}

TEST(Kriti, TextsTakeValuesIn) {
  EXPECT_EQ(render(R"("http://x/{{$.age}}/{{ $.name }}?{{ $.is_author }}")"),
            R"("http://x/27/Freddie \"J\" Jones?true")");
  EXPECT_EQ(render(R"("{{ $.articles }}")"), "! Cannot interpolate an object or array into a string.");
  EXPECT_EQ(render(R"("a {{ $['my key'].deep[0] }} b")"), "\"a 1 b\"");
  const auto text = Template::parse_text("/a \"b\"/{{ escapeUri($.name) }}");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->render({{"$", source()}}).value(), json::Value("/a \"b\"/Freddie%20%22J%22%20Jones"));
}

TEST(Kriti, ConditionsAndLoops) {
  EXPECT_EQ(render(R"([ {{ range i, x := $.articles }} { "n": {{i}}, "t": {{x.title}} } {{ end }} ])"),
            R"([{"n":0,"t":"The Elements"},{"n":1,"t":"Mars"}])");
  EXPECT_EQ(
      render(
          R"({{ range _, x := $.articles }} {{ if x.published && (x.id < 1) }} {{ x.id }} {{ else }} null {{ end }} {{ end }})"),
      "[0,null]");
  EXPECT_EQ(render(R"({{ if $.age > 30 }} "old" {{ elif $.age >= 27 }} "right" {{ else }} "young" {{ end }})"),
            "\"right\"");
  EXPECT_EQ(render(R"({{ if $.age }} 1 {{ else }} 2 {{ end }})"), "! The condition of an 'if' is not a boolean.");
  EXPECT_EQ(render("{{ range _, x := $.age }} 1 {{ end }}"), "! A 'range' needs an array.");
}

TEST(Kriti, OperatorsAndFunctions) {
  for (const auto& [text, value] : std::array<std::pair<std::string_view, std::string_view>, 14>{
           {{"1 == 1.0", "true"},
            {R"("a" != "b")", "true"},
            {"$.articles == $.articles", "true"},
            {"true || $.gone", "true"},
            {"not(1 < 2) || (3 >= 3 && 2 <= 1)", "false"},
            {"toUpper($.articles[1].title)", "\"MARS\""},
            {"toTitle(\"the mARS trilogy\")", "\"The Mars Trilogy\""},
            {"length($.articles)", "2"},
            {"concat([\"a\", toLower(\"B\")])", "\"ab\""},
            {"concat([[1], [2, 3]])", "[1,2,3]"},
            {"head(tail([1, 2]))", "2"},
            {"removeNulls([1, null])", "[1]"},
            {"fromPairs(toPairs({\"a\": 1}))", R"({"a":1})"},
            {"empty({})", "true"}}}) {
    EXPECT_EQ(render("{{ " + std::string(text) + " }}"), value) << text;
  }
  EXPECT_EQ(render("{{ nope(1) }}"), "! Function 'nope' is not defined.");
  EXPECT_EQ(render("{{ not(1) }}"), "! Expected a boolean.");
  EXPECT_EQ(render("{{ 1 < \"a\" }}"), "! These values have no order.");
}

TEST(Kriti, WhatCannotBeReadIsToldWithItsPlace) {
  const auto read = Template::parse("$body.hello }}");
  ASSERT_FALSE(read);
  EXPECT_EQ(json::serialize(read.error().to_json()),
            R"({"error_code":"Parse Error","message":"Unexpected token '}'.","source_position":)"
            R"({"start_line":0,"end_line":0,"start_column":14,"end_column":15}})");
  for (const std::string_view text :
       {"", "{{", "{{ if true }} 1 {{ end }}", "{{ range x := $ }} 1 {{ end }}", "{\"a\" 1}", "[1 2]", "\"open",
        "{{ $. }}", "{{ 1 == }}", "{\"{{$.age}}\": 1}", "\"{{ $.age\"", "@"}) {
    EXPECT_FALSE(Template::parse(text)) << text;
  }
  EXPECT_FALSE(Template::parse(std::string(100000, '[')));
  EXPECT_FALSE(Template::parse("{{" + std::string(100000, '(')));
}

}  // namespace
}  // namespace busflow::kriti
