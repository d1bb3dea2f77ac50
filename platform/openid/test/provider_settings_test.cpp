#include <gtest/gtest.h>

#include <platform/openid/provider_settings.hpp>

namespace busflow::openid {
namespace {

void expect_refused(std::string_view text, std::string_view part) {
  const auto providers = read_providers(text);
  ASSERT_FALSE(providers) << text;
  EXPECT_EQ(providers.error().name, ErrorName::kInvalidSetting);
  EXPECT_NE(providers.error().message().find(part), std::string_view::npos) << providers.error().message();
  EXPECT_EQ(providers.error().message().find("hidden"), std::string_view::npos) << providers.error().message();
}

TEST(ProviderSettingsTest, PresetsKnowTheirAddresses) {
  const auto providers = read_providers(R"([{"preset":"google","client_id":"a","client_secret":"s"},
      {"preset":"microsoft","tenant":"contoso.example","client_id":"a","client_secret":"s"},
      {"preset":"github","client_id":"a","client_secret":"s"},
      {"id":"company","name":"Our company","issuer":"https://login.example/","client_id":"a","client_secret":"s",
       "app_client_ids":["com.example.app"]}])");
  ASSERT_TRUE(providers) << providers.error().message();
  ASSERT_EQ(providers->size(), 4U);
  EXPECT_EQ(providers->at(0).issuer, "https://accounts.google.com");
  EXPECT_EQ(providers->at(1).issuer, "https://login.microsoftonline.com/contoso.example/v2.0");
  EXPECT_EQ(providers->at(2).token_url, "https://github.com/login/oauth/access_token");
  EXPECT_EQ(providers->at(3).issuer, "https://login.example");
  EXPECT_EQ(providers->at(3).name, "Our company");
  EXPECT_EQ(providers->at(3).app_client_ids, std::vector<std::string>{"com.example.app"});
  EXPECT_TRUE(read_providers(" \n")->empty());
}

TEST(ProviderSettingsTest, SayWhatIsWrongAndNoSecret) {
  expect_refused("{}", "no JSON array");
  expect_refused(R"([{"preset":"google","client_secret":"hidden"}])", "$[0].client_id");
  expect_refused(R"([{"preset":"gogle","client_id":"a","client_secret":"hidden"}])", "$[0].preset");
  expect_refused(R"([{"id":"x","issuer":"http://login.example","client_id":"a","client_secret":"hidden"}])",
                 "https://");
  expect_refused(R"([{"id":"../x","issuer":"https://login.example","client_id":"a","client_secret":"hidden"}])",
                 "$[0].id");
  expect_refused(R"([{"preset":"google","client_id":"a","client_secret":"hidden","clientid":"b"}])", "clientid");
  expect_refused(R"([{"preset":"google","client_id":"a","client_secret":"hidden","app_client_ids":"b"}])",
                 "$[0].app_client_ids");
  expect_refused(R"([{"preset":"apple","client_id":"a","team_id":"t","key_id":"k","private_key":"hidden"}])",
                 "$[0].private_key");
  expect_refused(R"([{"preset":"google","client_id":"a","client_secret":"hidden"},
                     {"preset":"google","client_id":"b","client_secret":"hidden"}])",
                 "google");
}

}  // namespace
}  // namespace busflow::openid
