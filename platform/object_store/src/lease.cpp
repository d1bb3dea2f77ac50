#include <platform/object_store/lease.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include <fmt/format.h>

#include <platform/base/file.hpp>
#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>
#include <platform/process/self.hpp>

namespace busflow::object_store {
namespace {

constexpr std::string_view kFolder = "locks/";

/// Containers of one machine share the kernel's boot id but not their process numbers: the namespace tells them apart.
std::string this_boot() {
  const auto boot = read_file("/proc/sys/kernel/random/boot_id");
  std::array<char, 64> names{};
  const auto length = readlink("/proc/self/ns/pid", names.data(), names.size() - 1);
  return fmt::format("{} {}", boot ? boot->substr(0, 36) : "", length > 0 ? names.data() : "");
}

std::string write_claim(const Claim& claim) {
  return json::serialize(json::Object{{"owner", claim.owner},
                                      {"reason", claim.reason},
                                      {"host", claim.host},
                                      {"boot", claim.boot},
                                      {"pid", claim.pid},
                                      {"taken_ms", claim.taken.time_since_epoch().count()},
                                      {"taken", to_rfc3339(claim.taken)},
                                      {"expires_ms", claim.expires.time_since_epoch().count()},
                                      {"expires", to_rfc3339(claim.expires)}});
}

Result<Claim> read_claim(const std::string& key, const std::string& text) {
  BUSFLOW_TRY(const auto document, json::parse(text));
  BUSFLOW_TRY(const auto fields, json::Reader::from(document));
  Claim claim{.key = key};
  BUSFLOW_TRY(claim.owner, fields.text("owner"));
  BUSFLOW_TRY(claim.reason, fields.text("reason"));
  BUSFLOW_TRY(claim.host, fields.text("host"));
  BUSFLOW_TRY(claim.boot, fields.text("boot"));
  BUSFLOW_TRY(claim.pid, fields.integer("pid"));
  BUSFLOW_TRY(const auto taken, fields.integer("taken_ms"));
  BUSFLOW_TRY(const auto expires, fields.integer("expires_ms"));
  claim.taken = WallTime(std::chrono::milliseconds(taken));
  claim.expires = WallTime(std::chrono::milliseconds(expires));
  return claim;
}

Result<std::vector<Claim>> claims_under(const ObjectStore& store, const Context& context, const std::string& prefix) {
  BUSFLOW_TRY(const auto objects, store.list(context, prefix));
  std::vector<Claim> claims;
  for (const auto& object : objects) {
    const auto text = store.read(context, object.key);
    if (!text && text.error().name == ErrorName::kNotFound) continue;  // Given back since it was listed.
    if (!text) return std::unexpected(text.error());
    if (text->empty()) continue;
    BUSFLOW_TRY(auto claim, read_claim(object.key, *text));
    claims.push_back(std::move(claim));
  }
  return claims;
}

/// All claims, the one that was just written among them: a listing without it has missed others as well, as happens
/// with a gateway on a file system while another lock's folder goes away.
Result<std::vector<Claim>> claims_with(const ObjectStore& store, const Context& context, const std::string& folder,
                                       const std::string& own_key) {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    BUSFLOW_TRY(auto claims, claims_under(store, context, folder));
    if (std::ranges::find(claims, own_key, &Claim::key) != claims.end()) return claims;
  }
  return fail(ErrorName::kUpstreamInvalid,
              fmt::format("{} does not list {}, which was just written there", store.describe(), own_key));
}

}  // namespace

bool Lease::is_alive(const Claim& claim, WallTime now) {
  if (claim.expires <= now) return false;
  const bool ours_to_see = claim.host == process::host_name() && claim.boot == this_boot();
  return !ours_to_see || kill(static_cast<pid_t>(claim.pid), 0) == 0 || errno == EPERM;
}

Result<Lease> Lease::take(const ObjectStore& store, const Context& context, std::string_view name,
                          std::string_view reason, std::chrono::milliseconds lifetime) {
  const auto now = context.clock.now();
  const std::string folder = fmt::format("{}{}/", kFolder, name);
  const Claim claim{.key = folder + context.identifiers.next().to_string() + ".json",
                    .owner = process::account_at_host(),
                    .reason = std::string(reason),
                    .host = process::host_name(),
                    .boot = this_boot(),
                    .pid = getpid(),
                    .taken = now,
                    .expires = now + lifetime};
  BUSFLOW_CHECK(store.write(context, claim.key, write_claim(claim)));
  Lease lease(store, context, claim.key);
  BUSFLOW_TRY(const auto others, claims_with(store, context, folder, claim.key));
  for (const Claim& other : others) {
    if (other.key == claim.key) continue;
    if (is_alive(other, now))
      return fail(ErrorName::kStateConflict,
                  fmt::format("{} is locked by {} ('{}', process {}) since {} until {}", name, other.owner,
                              other.reason, other.pid, to_rfc3339(other.taken), to_rfc3339(other.expires)));
    BUSFLOW_CHECK(store.remove(context, other.key));
  }
  return lease;
}

Lease::~Lease() {
  if (key_) static_cast<void>(store_.remove(context_, *key_));
}

Result<void> Lease::release(const Context& context) {
  const auto key = std::exchange(key_, std::nullopt);
  if (!key) return {};
  return store_.remove(context, *key);
}

Result<std::vector<Claim>> Lease::list(const ObjectStore& store, const Context& context) {
  return claims_under(store, context, std::string(kFolder));
}

Result<std::size_t> Lease::break_all(const ObjectStore& store, const Context& context, std::string_view name) {
  BUSFLOW_TRY(const auto objects, store.list(context, fmt::format("{}{}/", kFolder, name)));
  for (const auto& object : objects) BUSFLOW_CHECK(store.remove(context, object.key));
  return objects.size();
}

}  // namespace busflow::object_store
