#include <gtest/gtest.h>

#include <platform/swarm/deployments.hpp>
#include <platform/swarm/resolution.hpp>

namespace busflow::swarm {
namespace {

constexpr std::string_view kStack = R"(
services:
  db: {image: "db:1", deploy: {labels: {busflow.phase: foundation}}}
  job: {image: "job:1", environment: [A=1], deploy: {labels: {busflow.phase: migration}}}
  api: {image: "api:1"}
secrets: {password: {external: true}}
)";

StackFile stack() {
  return *parse_stack("stack.yml", std::string(kStack), [](std::string_view) { return std::nullopt; });
}

std::string names_of(const json::Object& document) {
  std::string names;
  for (const auto& [name, service] : document.at("services").as_object()) names += std::string(name) + " ";
  return names;
}

TEST(Resolution, takesTheNewestVersionOfEachSecret) {
  const std::vector<SecretVersion> versions{
      {.id = "2", .full_name = "s_password_b", .name = "password", .created = "2030-02"},
      {.id = "1", .full_name = "s_password_a", .name = "password", .created = "2030-01"}};
  const auto document = resolve(stack(), "s", "", versions);
  ASSERT_TRUE(document) << document.error().detail;
  EXPECT_EQ(json::serialize(document->at("secrets")), R"({"password":{"external":true,"name":"s_password_b"}})");
}

TEST(Resolution, namesTheSecretsThatAreMissing) {
  const auto document = resolve(stack(), "s", "", {});
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().detail, "the Swarm has no secret password; see 'busflowctl stack secrets --help'");
}

TEST(Resolution, partsByPhase) {
  const auto document = stack().document;
  EXPECT_EQ(names_of(only_phase(document, "foundation")), "db ");
  EXPECT_EQ(names_of(without_phase(document, "migration")), "db api ");
  EXPECT_TRUE(has_phase(document, "migration"));
  EXPECT_FALSE(has_phase(document, "canary"));
}

TEST(Resolution, marksOnlyItsPhase) {
  auto document = stack().document;
  mark_phase(document, "migration", "DEPLOYMENT", "7");
  label_services(document, "busflow.deployment", "7");
  const auto& services = document.at("services").as_object();
  EXPECT_EQ(json::serialize(services.at("job").at("environment")), R"({"A":"1","DEPLOYMENT":"7"})");
  EXPECT_FALSE(services.at("api").as_object().contains("environment"));
  EXPECT_EQ(json::serialize(services.at("api").at("deploy")), R"({"labels":{"busflow.deployment":"7"}})");
}

TEST(Resolution, valuesAreNeverInErrors) {
  const auto wrong = parse_values("standard input", "a: hunter2\nb: [hunter2]\n");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().detail, "standard input:2: is no name with a single value");
  EXPECT_EQ(parse_values("standard input", "a: 'hunter2").error().detail.find("hunter2"), std::string::npos);
  EXPECT_FALSE(parse_values("standard input", "hunter2"));
}

TEST(Resolution, aRollbackGoesToTheOneBefore) {
  const std::vector<Deployment> kept{{.id = "3"}, {.id = "2"}, {.id = "1"}};
  EXPECT_EQ(previous_deployment(kept, "3")->id, "2");
  EXPECT_EQ(previous_deployment(kept, "4")->id, "3");  // One that failed is not kept.
  EXPECT_EQ(previous_deployment(kept, "2")->id, "1");  // One rollback after another goes further back.
  EXPECT_FALSE(previous_deployment(kept, "1"));
}

TEST(Resolution, aJobDoesNotSayWhichDeploymentIsPresent) {
  const auto services = json::parse(R"([
    {"Spec": {"Labels": {"busflow.deployment": "2"}}},
    {"Spec": {"Labels": {"busflow.deployment": "1"}}},
    {"Spec": {"Labels": {"busflow.deployment": "3", "busflow.phase": "migration"},
              "TaskTemplate": {"RestartPolicy": {"Condition": "none"}}}}])");
  EXPECT_EQ(current_deployment(services->as_array()), "2");
  EXPECT_EQ(current_deployment({}), "");
}

}  // namespace
}  // namespace busflow::swarm
