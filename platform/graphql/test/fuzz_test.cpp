#include <array>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "music.hpp"

namespace busflow::graphql {
namespace {

constexpr std::array<std::string_view, 5> kSeeds = {
    "{ app_artist(where: {_or: [{id: {_in: [1, 2]}}, {albums: {title: {_ilike: \"%x%\"}}}]}, order_by: {name: desc}, "
    "limit: 3) { id name "
    "albums { title tracks { ms } } } }",
    "query Q($id: Int!, $yes: Boolean = true) { a: app_artist_by_pk(id: $id) { ...f @include(if: $yes) } } fragment f "
    "on app_artist { id "
    "__typename }",
    "mutation { renameArtist(input: {id: 1, name: \"\"\"x\"\"\", aliases: [\"a\"]}) { id name } }",
    "subscription ($w: app_artist_bool_exp) { app_artist(where: $w) { id profile(path: \"a.b\") } }",
    "{ __schema { types { name fields { name type { kind ofType { name } } } } } app_artist_aggregate { aggregate { "
    "count } } }"};
constexpr std::string_view kLetters = "{}()[]:!$@\"\\#.,=|& \n\t0123456789-eE_aflnrstu\xc3\xa4\xf0\xff";

/// Cuts, doubles, replaces or inserts something.
std::string mutate(std::string text, std::mt19937& random) {
  const auto below = [&random](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  for (std::size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = below(text.size());
    const std::size_t length = std::min(text.size() - at, 1 + below(12));
    switch (below(4)) {
      case 0: text.erase(at, length); break;
      case 1: text.insert(at, text.substr(at, length)); break;
      case 2: text[at] = kLetters[below(kLetters.size())]; break;
      default: text.insert(at, 1, kLetters[below(kLetters.size())]); break;
    }
  }
  return text;
}

TEST(Engine, TakesAnyTextWithoutFault) {
  EngineOptions options;
  std::string faults;
  options.on_fault = [&faults](std::string_view what) { faults.append(what); };
  const auto engine = Engine::create(music::metadata(), music::catalog(), music::handlers(), options).value();
  const Session session("reader", {{"x-hasura-tenant-id", "00000000-0000-8000-8000-000000000001"}});
  std::mt19937 random(20260501);  // NOLINT: the same every time
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    const Request request{
        mutate(std::string(kSeeds[static_cast<std::size_t>(i) % kSeeds.size()]), random), {}, {{"id", 1}}};
    const auto plan = engine->plan(request, session);
    plan ? ++accepted : ++refused;
    if (plan) continue;
    ASSERT_NE(plan.error().name, ErrorName::kInternal) << request.query << "\n" << plan.error().message();
    ASSERT_FALSE(plan.error().message().empty()) << request.query;
  }
  EXPECT_GT(accepted, 50) << "some changes are harmless";
  EXPECT_GT(refused, 1000);
  EXPECT_EQ(faults, "");
}

}  // namespace
}  // namespace busflow::graphql
