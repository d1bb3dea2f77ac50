#include <gtest/gtest.h>

#include <platform/graphql_webhooks/template_address.hpp>

namespace busflow::graphql_webhooks {
namespace {

const Environment kEnvironment = {{"HOST", "http://host:1"}, {"PATH_PART", "a/b"}};

TEST(TemplateAddress, variablesStandInItsPlaces) {
  EXPECT_EQ(expand_address("http://plain/x", kEnvironment).value(), "http://plain/x");
  EXPECT_EQ(expand_address("{{HOST}}/x/{{PATH_PART}}?y={{HOST}}", kEnvironment).value(),
            "http://host:1/x/a/b?y=http://host:1");
}

TEST(TemplateAddress, whatIsMissingIsNamed) {
  EXPECT_EQ(expand_address("{{HOST}}/{{GONE}}", kEnvironment).error().detail, "environment variable 'GONE' not set");
  EXPECT_EQ(expand_address("http://{{HOST", kEnvironment).error().detail,
            "'{{' is not closed in the address 'http://{{HOST'");
}

}  // namespace
}  // namespace busflow::graphql_webhooks
