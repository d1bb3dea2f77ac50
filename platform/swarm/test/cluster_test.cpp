#include <gtest/gtest.h>

#include <platform/swarm/cluster.hpp>

namespace busflow::swarm {
namespace {

Node manager(const std::string& name, bool is_reachable = true, bool is_leader = false) {
  return {.id = "id-" + name,
          .name = name,
          .is_manager = true,
          .is_leader = is_leader,
          .is_ready = is_reachable,
          .is_reachable = is_reachable};
}

std::vector<std::string> names_of(const Result<std::vector<Node>>& nodes) {
  std::vector<std::string> names;
  if (!nodes) return {"error: " + nodes.error().detail};
  for (const auto& node : *nodes) names.push_back(node.name);
  return names;
}

using Names = std::vector<std::string>;

TEST(Cluster, countsWhatItCanBear) {
  const auto spare = [](std::size_t managers, std::size_t reachable) {
    return Quorum{.managers = managers, .reachable = reachable}.spare();
  };
  EXPECT_EQ(spare(1, 1), 0);
  EXPECT_EQ(spare(2, 2), 0);
  EXPECT_EQ(spare(3, 3), 1);
  EXPECT_EQ(spare(3, 2), 0);
  EXPECT_EQ(spare(5, 5), 2);
  EXPECT_FALSE((Quorum{.managers = 3, .reachable = 1}.holds()));
}

TEST(Cluster, lettingGoNeverLosesTheQuorum) {
  const std::vector<Node> three{manager("a"), manager("b"), manager("c")};
  EXPECT_TRUE(check_without(three, {"id-c"}));
  EXPECT_TRUE(check_without(three, {"id-c", "id-b"}));
  EXPECT_FALSE(check_without(three, {"id-a", "id-b", "id-c"}));
  // Of three of which one is down, one that answers may not go; the one that is down may.
  const std::vector<Node> one_down{manager("a"), manager("b"), manager("c", false)};
  EXPECT_FALSE(check_without(one_down, {"id-b"}));
  EXPECT_TRUE(check_without(one_down, {"id-c"}));
  const auto lost = check_without({manager("a"), manager("b", false), manager("c", false)}, {"id-c"});
  ASSERT_FALSE(lost);
  EXPECT_NE(lost.error().detail.find("only 1 of 3 managers answer"), std::string::npos);
}

TEST(Cluster, thoseThatAreDownGoFirstAndALeaderAmongThemLast) {
  const std::vector<Node> five{manager("m1"), manager("m2", false), manager("m3"), manager("m4"),
                               manager("m5", true, true)};
  EXPECT_EQ(names_of(choose_leaving(five, 3)), (Names{"m2", "m5"}));
  EXPECT_EQ(names_of(choose_leaving(five, 1)), (Names{"m2", "m4", "m3", "m5"}));
  for (const std::size_t senseless : {0U, 2U, 4U, 5U, 7U}) EXPECT_FALSE(choose_leaving(five, senseless)) << senseless;
}

TEST(Cluster, aNodeThatIsNotThereIsAnsweredWithThoseThatAre) {
  const auto found = find_node({manager("m1"), manager("m2")}, "m3");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().detail, "there is no node 'm3'; there are m1, m2");
}

}  // namespace
}  // namespace busflow::swarm
