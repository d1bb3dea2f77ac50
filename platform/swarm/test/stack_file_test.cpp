#include <gtest/gtest.h>

#include <platform/swarm/stack_file.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace busflow::swarm {
namespace {

using namespace std::chrono_literals;

std::optional<std::string> no_variables(std::string_view) { return std::nullopt; }

std::optional<std::string> some_variables(std::string_view name) {
  if (name == "VERSION") return "1.2.3";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

std::string image_of(const std::string& image) {
  const auto stack = parse_stack("stack.yml", "services:\n  api:\n    image: " + image + "\n", some_variables);
  return stack ? std::string(stack->services().at("api").as_object().at("image").as_string())
               : "error: " + stack.error().detail;
}

TEST(StackFile, putsVariablesIn) {
  EXPECT_EQ(image_of("api:${VERSION}"), "api:1.2.3");
  EXPECT_EQ(image_of("api:$VERSION-x"), "api:1.2.3-x");
  EXPECT_EQ(image_of("${NONE:-api:1}"), "api:1");
  EXPECT_EQ(image_of("api:${EMPTY:-2}"), "api:2");
  EXPECT_EQ(image_of("api:${EMPTY-2}"), "api:");
  EXPECT_EQ(image_of("a$$b"), "a$b");
  EXPECT_EQ(image_of("api:${NONE:?which version}"), "error: stack.yml:3: the variable NONE is not set: which version");
  EXPECT_EQ(image_of("api:${NONE}"), "error: stack.yml:3: the variable NONE is not set");
  EXPECT_EQ(image_of("api:${VERSION"), "error: stack.yml:3: '${' has no end");
  EXPECT_EQ(image_of("a$ b"), "error: stack.yml:3: '$' stands alone; write '$$' for a dollar sign");
}

TEST(StackFile, labelsMayBeAListWithVariablesInNames) {
  const auto stack = parse_stack("stack.yml", R"_(
services:
  api: {image: "a:1", deploy: {labels: ["routers.${VERSION}-api.rule=Host(`x=y`)", flag]}}
)_",
                                 some_variables);
  ASSERT_TRUE(stack) << stack.error().detail;
  EXPECT_EQ(json::serialize(stack->services().at("api").at("deploy")),
            R"_({"labels":{"routers.1.2.3-api.rule":"Host(`x=y`)","flag":""}})_");
}

TEST(StackFile, namesTheLineOfWhatItCannotRead) {
  const auto detail = [](const std::string& text) {
    const auto stack = parse_stack("stack.yml", text, no_variables);
    return stack ? "read" : stack.error().detail;
  };
  EXPECT_EQ(detail("a: 1\nb: 2\na: 3\n"), "stack.yml:3: 'a' is here for the second time; the first is line 1");
  EXPECT_TRUE(detail("a: [1\nb: 2\n").starts_with("stack.yml:")) << detail("a: [1\nb: 2\n");
  EXPECT_EQ(detail("- a\n"), "stack.yml:1: is no stack file");
  EXPECT_EQ(detail(""), "stack.yml:1: is no stack file");
  EXPECT_FALSE(read_stack({"no-such-file.yml"}, no_variables));
}

TEST(StackFile, mergesAnchorsAndKeepsTheOwnKey) {
  const auto stack = parse_stack("stack.yml", R"(
x-base: &base {image: "base:1", user: "10001"}
services:
  api: {<<: *base, image: "api:2"}
)",
                                 no_variables);
  ASSERT_TRUE(stack) << stack.error().detail;
  EXPECT_EQ(json::serialize(stack->services().at("api")), R"({"image":"api:2","user":"10001"})");
  EXPECT_EQ(to_compose(stack->document), R"({"services":{"api":{"image":"api:2","user":"10001"}}})");
}

TEST(StackFile, ofTwoFilesTheLaterHolds) {
  const auto folder =
      std::filesystem::temp_directory_path() / std::filesystem::path("busflow-stack-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "one.yml") << "services:\n  api:\n    image: api:1\n    networks: [a]\n    secrets: [x]\n    "
                                       "deploy: {replicas: 2}\n  old: {image: old:1}\n";
  std::ofstream(folder / "two.yml")
      << "services:\n  api:\n    image: api:2\n    networks: [b]\n    secrets: !override [y]\n  old: !reset null\n";
  const auto stack = read_stack({folder / "one.yml", folder / "two.yml"}, no_variables);
  ASSERT_TRUE(stack) << stack.error().detail;
  EXPECT_EQ(json::serialize(stack->services().at("api")),
            R"({"image":"api:2","networks":["a","b"],"secrets":["y"],"deploy":{"replicas":2}})");
  EXPECT_FALSE(stack->services().contains("old"));
  EXPECT_TRUE(stack->place("/services/api/image").file.ends_with("two.yml"));
  EXPECT_EQ(stack->place("/services/api/deploy/replicas/no/such").line, 6);
  std::filesystem::remove_all(folder);
}

TEST(StackFile, keepsTypesAndDollarSigns) {
  const auto stack = parse_stack("stack.yml", R"(
services:
  api: {environment: {A: "1", B: $$x}, read_only: true, deploy: {replicas: 2}, ports: [{published: 0080}]}
)",
                                 no_variables);
  ASSERT_TRUE(stack) << stack.error().detail;
  EXPECT_EQ(
      to_compose(stack->document),
      R"({"services":{"api":{"environment":{"A":"1","B":"$$x"},"read_only":true,"deploy":{"replicas":2},"ports":[{"published":"0080"}]}}})");
}

TEST(StackFile, readsQuantities) {
  EXPECT_EQ(parse_compose_duration("1m30s"), 90s);
  EXPECT_EQ(parse_compose_duration("500ms"), 500ms);
  EXPECT_EQ(parse_compose_duration("1.5s"), 1500ms);
  EXPECT_FALSE(parse_compose_duration("10"));
  EXPECT_FALSE(parse_compose_duration("ten"));
  EXPECT_EQ(parse_compose_size("512M"), 536870912);
  EXPECT_EQ(parse_compose_size("1gb"), 1073741824);
  EXPECT_EQ(parse_compose_size("100"), 100);
  EXPECT_FALSE(parse_compose_size("much"));
  EXPECT_FALSE(parse_compose_size(""));
}

}  // namespace
}  // namespace busflow::swarm
