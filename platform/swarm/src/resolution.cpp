#include <platform/swarm/resolution.hpp>

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "service_view.hpp"

namespace busflow::swarm {
namespace {

json::Object* section(json::Object& document, std::string_view name) {
  auto* value = document.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

bool is_of_phase(std::string_view name, const json::Value& service, std::string_view phase) {
  return service.is_object() &&
         ServiceView(std::string(name), service.get_object()).text("deploy/labels/busflow.phase") == phase;
}

Result<void> resolve_secrets(json::Object& secrets, const std::vector<SecretVersion>& versions) {
  const auto present = present_versions(versions);
  std::string missing;
  for (auto& [name, value] : secrets) {
    const auto found = present.find(std::string_view(name));
    if (found == present.end())
      missing += fmt::format("{}{}", missing.empty() ? "" : ", ", std::string_view(name));
    else
      value = json::Object{{"external", true}, {"name", found->second.full_name}};
  }
  if (missing.empty()) return {};
  return fail(ErrorName::kNotFound,
              fmt::format("the Swarm has no secret {}; see 'busflowctl stack secrets --help'", missing));
}

Result<void> resolve_configs(json::Object& configs, const std::string& stack, const std::filesystem::path& folder) {
  for (auto& [name, value] : configs) {
    auto* config = value.if_object();
    if (config == nullptr || !config->contains("file")) continue;
    const auto file = std::filesystem::absolute(folder / std::string((*config)["file"].as_string()));
    std::ifstream input(file, std::ios::binary);
    std::ostringstream content;
    if (!input || !(content << input.rdbuf()))
      return fail(ErrorName::kInvalidSetting,
                  fmt::format("the config {}: {} cannot be read", std::string_view(name), file.string()));
    (*config)["file"] = file.string();
    (*config)["name"] = versioned_name(stack, name, content.str());
  }
  return {};
}

template <class Keep>
json::Object filtered(const json::Object& document, const Keep& keep) {
  json::Object part = document;
  json::Object chosen;
  if (auto* services = section(part, "services")) {
    for (const auto& [name, service] : *services) {
      if (keep(name, service)) chosen[name] = service;
    }
  }
  part["services"] = std::move(chosen);
  return part;
}

}  // namespace

Result<json::Object> resolve(const StackFile& stack, const std::string& name, const std::filesystem::path& folder,
                             const std::vector<SecretVersion>& versions) {
  json::Object document = stack.document;
  document["version"] = "3.8";
  if (auto* secrets = section(document, "secrets")) BUSFLOW_CHECK(resolve_secrets(*secrets, versions));
  if (auto* configs = section(document, "configs")) BUSFLOW_CHECK(resolve_configs(*configs, name, folder));
  return document;
}

Result<void> use_present_secrets(json::Object& document, const std::vector<SecretVersion>& versions) {
  if (auto* secrets = section(document, "secrets")) BUSFLOW_CHECK(resolve_secrets(*secrets, versions));
  return {};
}

bool has_phase(const json::Object& document, std::string_view phase) {
  const auto* services = document.if_contains("services");
  if (services == nullptr || !services->is_object()) return false;
  for (const auto& [name, service] : services->get_object()) {
    if (is_of_phase(name, service, phase)) return true;
  }
  return false;
}

json::Object only_phase(const json::Object& document, std::string_view phase) {
  return filtered(document, [phase](std::string_view name, const json::Value& service) {
    return is_of_phase(name, service, phase);
  });
}

json::Object without_phase(const json::Object& document, std::string_view phase) {
  return filtered(document, [phase](std::string_view name, const json::Value& service) {
    return !is_of_phase(name, service, phase);
  });
}

void label_services(json::Object& document, std::string_view label, std::string_view value) {
  auto* services = section(document, "services");
  if (services == nullptr) return;
  for (auto& entry : *services) {
    auto* service = entry.value().if_object();
    if (service == nullptr) continue;
    auto& deploy = (*service)["deploy"];
    if (!deploy.is_object()) deploy = json::Object();
    auto& labels = deploy.get_object()["labels"];
    if (!labels.is_object()) labels = json::Object();
    labels.get_object()[label] = value;
  }
}

void mark_phase(json::Object& document, std::string_view phase, std::string_view variable, std::string_view value) {
  auto* services = section(document, "services");
  if (services == nullptr) return;
  for (auto& [name, service] : *services) {
    if (!is_of_phase(name, service, phase)) continue;
    json::Object environment;
    for (const auto& [key, text] : ServiceView(std::string(name), service.get_object()).environment())
      environment[key] = text;
    environment[variable] = value;
    service.get_object()["environment"] = std::move(environment);
  }
}

}  // namespace busflow::swarm
