#include <fstream>

#include <gtest/gtest.h>

#include <platform/config/reference.hpp>
#include <platform/config/settings.hpp>

namespace busflow::config {
namespace {

std::string write(const std::string& name, const std::string& text) {
  const auto path = testing::TempDir() + name;
  std::ofstream(path) << text;
  return path;
}

TEST(Settings, EnvironmentWinsOverFileWinsOverDefault) {
  const auto file = write("a.yaml", "http:\n  port: 4100\n  address: 0.0.0.0\n");
  const auto settings = Settings::load(file, {{"BUSFLOW_HTTP_PORT", "4200"}, {"PATH", "/bin"}});
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->integer("http.port"), 4200);
  EXPECT_EQ(settings->text("http.address"), "0.0.0.0");
  EXPECT_EQ(settings->integer("http.max_connections"), 4096);
  EXPECT_EQ(settings->milliseconds("jobs.lock_ms"), std::chrono::seconds(30));
}

TEST(Settings, SecretsComeFromFilesAndAreNotShown) {
  const auto key = write("key", "0123456789abcdef0123456789abcdef\n");
  const auto settings = Settings::load({}, {{"BUSFLOW_AUTH_JWT_KEY_FILE", key}});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->text("auth.jwt_key"), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(settings->dump().find("0123456789abcdef"), std::string::npos);
  EXPECT_NE(settings->dump().find("jwt_key: \"***\""), std::string::npos);
  EXPECT_FALSE(Settings::load({}, {{"BUSFLOW_AUTH_JWT_KEY", "in the open"}}));
  const auto in_file = Settings::load(write("b.yaml", "auth:\n  jwt_key: in the open\n"), {});
  ASSERT_FALSE(in_file);
  EXPECT_EQ(in_file.error().detail.find("in the open"), std::string::npos);
}

TEST(Settings, ErrorsNameSettingPlaceAndRemedy) {
  const auto expect_error = [](const Result<Settings>& result, std::string_view part) {
    ASSERT_FALSE(result) << part;
    EXPECT_NE(result.error().detail.find(part), std::string::npos) << result.error().detail;
  };
  expect_error(Settings::load({}, {{"BUSFLOW_HTTP_PROT", "1"}}), "did you mean BUSFLOW_HTTP_PORT?");
  expect_error(Settings::load({}, {{"BUSFLOW_HTTP_PORT", "many"}}), "'many' is not a whole number");
  expect_error(Settings::load({}, {{"BUSFLOW_HTTP_PORT", "70000"}}), "between 0 and 65535");
  expect_error(Settings::load(write("c.yaml", "http:\n  prot: 1\n"), {}),
               "c.yaml:2: there is no setting 'http.prot'; did you mean 'http.port'?");
  expect_error(Settings::load(write("d.yaml", "http: [\n"), {}), "d.yaml:");
  expect_error(Settings::load(write("e.yaml", "http: 3\n"), {}), "expected 'section:'");
  expect_error(Settings::load("/nowhere.yaml", {}), "/nowhere.yaml");
}

TEST(Settings, DefaultsPassTheirOwnChecks) {
  Settings::Environment environment;
  for (const auto& info : settings_table()) {
    if (info.type != SettingType::kInteger) continue;
    std::string variable = "BUSFLOW_";
    for (const char c : info.name)
      variable += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    environment[variable] = info.default_value;
  }
  const auto settings = Settings::load({}, environment);
  EXPECT_TRUE(settings) << settings.error().detail;
}

TEST(Reference, ListsEverySetting) {
  const auto text = settings_reference();
  for (const auto& info : settings_table()) EXPECT_NE(text.find(info.name), std::string::npos) << info.name;
  EXPECT_NE(text.find("BUSFLOW_AUTH_JWT_KEY_FILE"), std::string::npos);
  EXPECT_NE(errors_reference().find("`validation-failed`"), std::string::npos);
}

}  // namespace
}  // namespace busflow::config
