#include <platform/swarm/secrets.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <platform/crypto/digest.hpp>

namespace busflow::swarm {
namespace {

constexpr std::size_t kMostBytes = 512'000;

}  // namespace

Result<std::vector<SecretVersion>> list_secrets(const Context& context, const Engine& engine,
                                                const std::string& stack) {
  BUSFLOW_TRY(const auto secrets, engine.labelled(context, "secret", "busflow.stack=" + stack));
  std::vector<SecretVersion> versions;
  for (const auto& secret : secrets) {
    versions.push_back({.id = text_at(secret, "ID"),
                        .full_name = text_at(secret, "Spec/Name"),
                        .name = text_at(secret, "Spec/Labels/busflow.secret"),
                        .created = text_at(secret, "CreatedAt")});
  }
  std::ranges::sort(versions, std::greater<>(), &SecretVersion::created);
  return versions;
}

std::map<std::string, SecretVersion, std::less<>> present_versions(const std::vector<SecretVersion>& versions) {
  std::map<std::string, SecretVersion, std::less<>> present;
  for (const auto& version : versions) present.emplace(version.name, version);  // The first of a name is the newest.
  return present;
}

std::string versioned_name(const std::string& stack, std::string_view name, std::string_view content) {
  return fmt::format("{}_{}_{}", stack, name, crypto::sha256_hex(fmt::format("{}\n{}", name, content)).substr(0, 8));
}

Result<bool> put_secret(const Context& context, const Engine& engine, const std::string& stack, const std::string& name,
                        std::string_view value, const std::vector<SecretVersion>& versions) {
  if (value.empty()) return fail(ErrorName::kValidationFailed, fmt::format("the secret '{}' is empty", name));
  if (value.size() > kMostBytes)
    return fail(ErrorName::kValidationFailed,
                fmt::format("the secret '{}' has {} bytes; a Swarm takes {}", name, value.size(), kMostBytes));
  const std::string full_name = versioned_name(stack, name, value);
  const auto present = present_versions(versions);
  if (const auto found = present.find(name); found != present.end() && found->second.full_name == full_name)
    return false;
  // An old value that comes back must become the newest: its secret is made anew, unless a service still has it.
  for (const auto& version : versions) {
    if (version.full_name == full_name) BUSFLOW_CHECK(engine.run(context, {"secret", "rm", version.id}));
  }
  BUSFLOW_CHECK(engine.run(
      context,
      {"secret", "create", "--label", "busflow.stack=" + stack, "--label", "busflow.secret=" + name, full_name, "-"},
      value));
  return true;
}

}  // namespace busflow::swarm
