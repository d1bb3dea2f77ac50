#include <gtest/gtest.h>

#include <platform/swarm/preview.hpp>
#include <platform/swarm/stack_rules.hpp>

namespace busflow::swarm {
namespace {

TEST(Preview, namesArePartsOfHostNames) {
  for (const auto* name : {"pr-12", "a", "feature-x", "12345678901234567890"}) EXPECT_TRUE(check_preview_name(name));
  for (const auto* name : {"", "-a", "a-", "A", "a_b", "a.b", "a b", "123456789012345678901"})
    EXPECT_FALSE(check_preview_name(name)) << name;
}

StackFile preview_file() {
  const std::string root = BUSFLOW_REPOSITORY;
  return *read_stack({root + "/docker-compose.production.yml", root + "/docker-compose.preview.yml"},
                     [](std::string_view name) -> std::optional<std::string> {
                       if (name == "STACK_NAME") return "preview-pr-1";
                       if (name == "STACK_DOMAIN") return "pr-1.preview.bus.example";
                       if (name == "STACK_REGISTRY") return "registry.example";
                       if (name == "STACK_VERSION" || name == "STACK_PLATFORM_VERSION") return "1";
                       return std::nullopt;
                     });
}

TEST(Preview, theShippedFileKeepsAllRules) {
  for (const auto& finding : check_stack(preview_file()))
    ADD_FAILURE() << finding.place.describe() << ": " << finding.what;
}

TEST(Preview, sharesNothingWithProductionButItsEdge) {
  const auto file = preview_file();
  EXPECT_FALSE(file.services().contains("traefik"));
  EXPECT_FALSE(file.services().contains("backup-producer"));
  EXPECT_EQ(json::serialize(file.document.at("networks").at("edge")), R"({"external":true,"name":"busflow_previews"})");
  EXPECT_FALSE(file.document.at("networks").as_object().contains("previews"));
  const auto& labels = file.services().at("api").at("deploy").at("labels").as_object();
  EXPECT_EQ(labels.at("busflow.edge"), "busflow");
  EXPECT_EQ(labels.at("traefik.http.routers.preview-pr-1-api.rule"),
            "Host(`pr-1.preview.bus.example`) && (PathPrefix(`/v1`) || Path(`/healthz`))");
  for (const auto& [name, value] : file.document.at("volumes").as_object())
    EXPECT_EQ(text_at(value, "labels/busflow.preview"), "preview-pr-1") << std::string_view(name);
}

}  // namespace
}  // namespace busflow::swarm
