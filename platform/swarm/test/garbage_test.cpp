#include <gtest/gtest.h>

#include <platform/swarm/garbage.hpp>

#include <fmt/format.h>

namespace busflow::swarm {
namespace {

const WallTime kNow = std::chrono::sys_days(std::chrono::year(2030) / 1 / 31);

json::Value image(const std::string& id, const std::string& tag, const std::string& created,
                  const std::string& labels = "{}") {
  return *json::parse(fmt::format(
      R"({{"Id":"{}","RepoTags":["{}"],"RepoDigests":[],"Created":"{}T00:00:00Z","Size":7,"Config":{{"Labels":{}}}}})",
      id, tag, created, labels));
}

std::string garbage_of(const json::Array& images, const std::set<std::string>& needed = {},
                       const json::Array& containers = {}) {
  std::string ids;
  for (const auto& one : unneeded_images(images, containers, needed, kNow, {.versions = 1})) ids += one.id + " ";
  return ids;
}

TEST(Garbage, whatIsOldAndNotTheNewestGoes) {
  const json::Array images{image("new", "api:3", "2030-01-10"), image("old", "api:2", "2030-01-09"),
                           image("young", "api:4", "2030-01-30")};
  EXPECT_EQ(garbage_of(images), "new old ");
  EXPECT_EQ(garbage_of({image("only", "localhost:5000/api:1", "2029-01-01")}), "");
  EXPECT_EQ(garbage_of({image("a", "api:1", "2029-01-01"), image("b", "web:1", "2029-01-01")}), "");
}

TEST(Garbage, whatIsNeededStays) {
  const json::Array images{image("new", "r/api:3", "2030-01-10"), image("old", "r/api:2", "2030-01-09"),
                           image("older", "r/api:1", "2030-01-08")};
  EXPECT_EQ(garbage_of(images), "old older ");
  EXPECT_EQ(garbage_of(images, {"r/api:2@sha256:0"}), "older ");
  EXPECT_EQ(garbage_of(images, {"r/api:1"}), "old ");
  EXPECT_EQ(garbage_of(images, {}, {json::Object{{"Image", "older"}}}), "old ");
}

TEST(Garbage, whatIsLabelledStays) {
  EXPECT_EQ(
      garbage_of({image("new", "api:3", "2030-01-10"), image("old", "api:2", "2030-01-09", R"({"busflow.keep":""})")}),
      "");
}

}  // namespace
}  // namespace busflow::swarm
