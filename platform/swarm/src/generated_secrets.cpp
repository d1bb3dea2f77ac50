#include <platform/swarm/generated_secrets.hpp>

#include <fmt/format.h>

#include <platform/crypto/certificates.hpp>
#include <platform/crypto/random.hpp>
#include <platform/swarm/engine.hpp>

namespace busflow::swarm {
namespace {

constexpr std::size_t kRandomBytes = 32;
/// They are inside one stack only and nobody renews them by the way; replacing them is a deliberate act.
constexpr int kDays = 3650;
constexpr std::string_view kCertificate = "certificate of ";
constexpr std::string_view kKey = "key of ";

/// What each secret of the stack says under x-make.
std::map<std::string, std::string> kinds_of(const StackFile& stack) {
  std::map<std::string, std::string> kinds;
  const auto* secrets = stack.document.if_contains("secrets");
  if (secrets == nullptr || !secrets->is_object()) return kinds;
  for (const auto& [name, value] : secrets->get_object()) kinds[name] = text_at(value, "x-make");
  return kinds;
}

std::string host_of(const std::string& kind) {
  for (const auto prefix : {kCertificate, kKey}) {
    if (kind.starts_with(prefix)) return kind.substr(prefix.size());
  }
  return {};
}

bool is_of_authority(const std::string& kind) { return kind == "authority" || !host_of(kind).empty(); }

Result<void> add_certified(std::map<std::string, std::string>& made, const std::map<std::string, std::string>& kinds,
                           const std::set<std::string>& present) {
  std::vector<std::string> hosts;
  std::string there;
  std::string missing;
  for (const auto& [name, kind] : kinds) {
    if (!is_of_authority(kind)) continue;
    if (kind.starts_with(kCertificate)) hosts.push_back(host_of(kind));
    auto& names = present.contains(name) ? there : missing;
    names += (names.empty() ? "" : ", ") + name;
  }
  if (missing.empty()) return {};
  if (!there.empty()) {
    return fail(ErrorName::kStateConflict,
                fmt::format("{} cannot be made alone: the authority that signed {} is not kept; bring them in, or "
                            "replace all by 'stack secrets make --replace-certificates'",
                            missing, there));
  }
  const auto certificates = crypto::make_server_certificates("Busflow internal authority", hosts, kDays);
  for (const auto& [name, kind] : kinds) {
    if (kind == "authority")
      made[name] = certificates.authority;
    else if (kind.starts_with(kCertificate))
      made[name] = certificates.servers.at(host_of(kind)).certificate;
    else if (const auto server = certificates.servers.find(host_of(kind)); server != certificates.servers.end())
      made[name] = server->second.key;
  }
  return {};
}

}  // namespace

Result<std::map<std::string, std::string>> generate_secrets(const StackFile& stack,
                                                            const std::set<std::string>& present) {
  const auto kinds = kinds_of(stack);
  std::map<std::string, std::string> made;
  for (const auto& [name, kind] : kinds) {
    if (!kind.empty() && kind != "random" && !is_of_authority(kind)) {
      return fail(
          ErrorName::kInvalidSetting,
          fmt::format("{}: x-make of the secret {} is '{}'; it may be random, authority, certificate of HOST or "
                      "key of HOST",
                      stack.place("/secrets/" + name + "/x-make").describe(), name, kind));
    }
    if (kind == "random" && !present.contains(name)) made[name] = crypto::random_hex(kRandomBytes);
  }
  BUSFLOW_CHECK(add_certified(made, kinds, present));
  return made;
}

bool is_certified(const StackFile& stack, const std::string& name) {
  const auto kinds = kinds_of(stack);
  const auto found = kinds.find(name);
  return found != kinds.end() && is_of_authority(found->second);
}

std::vector<std::string> secrets_to_bring(const StackFile& stack, const std::set<std::string>& present) {
  std::vector<std::string> names;
  for (const auto& [name, kind] : kinds_of(stack)) {
    if (kind.empty() && !present.contains(name)) names.push_back(name);
  }
  return names;
}

}  // namespace busflow::swarm
