#include "language/parser.hpp"

#include <gtest/gtest.h>

#include "language/printer.hpp"

namespace busflow::graphql::language {
namespace {

TEST(ParseDocument, TakesTheWholeExecutableGrammar) {
  for (const std::string text :
       {"{a}", "query{a}",
        "query Q($a: [Int!]! = [1, 2] @d, $b: T) @x(y: 1) { a(b: $a, c: {d: $b, e: [ENUM, null, true, -1.5e3]}) }",
        "mutation M { a { b } }", "subscription { a }",
        "{ ...F ... on T { a } ... @include(if: true) { b } } fragment F on T @d { c }",
        "\xEF\xBB\xBF{ a } # comment\n", "{ a(b: \"\\u00e4 \\\"quoted\\\" \\u{1F68C}\") }",
        "{ a(b: \"\"\"block\n  \\\"\"\" text\"\"\") }", "query query { query: mutation }", "{ on fragment: true }"}) {
    const auto document = parse_document(text);
    EXPECT_TRUE(document) << text << ": " << document.error().detail;
  }
}

TEST(ParseDocument, SaysWhereItFails) {
  for (const std::string text :
       {"", "{", "}", "{}", "{ a(", "{ a(b) }", "{ a: }", "query ($a) { a }", "fragment on on T { a }", "{ a(b: 01) }",
        "{ a(b: 1.) }", "{ a(b: \"open) }", "{ a(b: \"\\x\") }", "{ a(b: \"\"\"open) }", "{ ... on { a } }",
        "{ a } nonsense { b }", "{ \xff }", "{ a(b: $) }"}) {
    const auto document = parse_document(text);
    ASSERT_FALSE(document) << text;
    EXPECT_EQ(document.error().name, ErrorName::kValidationFailed) << text;
    EXPECT_NE(document.error().detail.find("line "), std::string::npos) << text << ": " << document.error().detail;
  }
}

TEST(ParseDocument, BoundsNestingAndLength) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "{a";
  EXPECT_FALSE(parse_document(deep + std::string(100, '}')));
  EXPECT_FALSE(parse_document("{ a(b: " + std::string(200, '[') + std::string(200, ']') + ") }"));
  EXPECT_FALSE(parse_document("{ " + std::string(60000, '!') + " }"));
}

TEST(ParseTypeDefinitions, ReadsWhatActionsNeed) {
  const auto types = parse_type_definitions(R"(
    "Described" type Mutation { "also" a(x: [In!]! = []): Out! }
    extend type Mutation { b: Int }
    input In { x: uuid! y: Int = 3 }
    enum E { A B }
    scalar uuid
    type Out { e: E })");
  ASSERT_TRUE(types) << types.error().detail;
  EXPECT_GE(types->size(), 5U);
  EXPECT_FALSE(parse_type_definitions("type { a: Int }"));
  EXPECT_FALSE(parse_type_definitions("type A { a }"));
}

TEST(PrintString, EscapesWhatWouldEndIt) { EXPECT_EQ(print_string("a\"b\\c\nd"), R"("a\"b\\c\nd")"); }

}  // namespace
}  // namespace busflow::graphql::language
