#include "environment_files.hpp"

#include <fstream>

#include <fmt/format.h>

#include "service_view.hpp"

namespace busflow::swarm {
namespace {

Result<void> read_into(json::Object& environment, const std::filesystem::path& file) {
  std::ifstream input(file);
  if (!input) return fail(ErrorName::kInvalidSetting, fmt::format("env_file {} cannot be read", file.string()));
  std::string line;
  for (int number = 1; std::getline(input, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto equals = line.find('=');
    if (equals == std::string::npos)
      return fail(ErrorName::kInvalidSetting, fmt::format("{}:{}: is not NAME=VALUE", file.string(), number));
    environment[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return {};
}

}  // namespace

Result<void> inline_environment_files(json::Object& document, const std::filesystem::path& folder) {
  auto* services = document.if_contains("services");
  if (services == nullptr || !services->is_object()) return {};
  for (auto& [name, value] : services->get_object()) {
    auto* service = value.if_object();
    if (service == nullptr || !service->contains("env_file")) continue;
    json::Object environment;
    const ServiceView view(std::string(name), *service);
    for (const auto& file : view.list("env_file")) BUSFLOW_CHECK(read_into(environment, folder / file));
    for (const auto& [variable, text] : view.environment()) environment[variable] = text;
    service->erase("env_file");
    (*service)["environment"] = std::move(environment);
  }
  return {};
}

}  // namespace busflow::swarm
