#include <platform/backup/catalogue.hpp>

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include <platform/backup/dump_name.hpp>
#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>

namespace busflow::backup {
namespace {

constexpr std::string_view kPointerKey = "verified-latest.json";

/// "regular" of "regular/pg_dump_….dump"; empty where no dumps belong.
std::string_view class_of(std::string_view key) {
  const auto folder = key.substr(0, key.find('/'));
  return folder == kRegular || folder == kPreCutover ? folder : std::string_view();
}

Result<VerifiedPointer> parse_pointer(std::string_view text) {
  BUSFLOW_TRY(const auto document, json::parse(text));
  BUSFLOW_TRY(const auto fields, json::Reader::from(document));
  VerifiedPointer pointer;
  BUSFLOW_TRY(pointer.name, fields.text("name"));
  BUSFLOW_TRY(pointer.class_, fields.text("class"));
  BUSFLOW_TRY(pointer.sha256, fields.text("sha256"));
  BUSFLOW_TRY(const auto verified, fields.integer("verified_ms"));
  pointer.verified = WallTime(std::chrono::milliseconds(verified));
  return pointer;
}

}  // namespace

std::vector<StoredDump> Catalogue::committed(std::string_view class_name) const {
  std::vector<StoredDump> chosen;
  std::ranges::copy_if(dumps, std::back_inserter(chosen),
                       [&](const StoredDump& dump) { return dump.committed && dump.class_ == class_name; });
  return chosen;
}

std::optional<StoredDump> Catalogue::find(std::string_view name) const {
  const auto at =
      std::ranges::find_if(dumps, [&](const StoredDump& dump) { return dump.committed && dump.name == name; });
  if (at == dumps.end()) return std::nullopt;
  return *at;
}

Catalogue sort_objects(const std::vector<object_store::ObjectInfo>& objects) {
  Catalogue catalogue;
  std::set<std::string, std::less<>> manifests;
  for (const auto& object : objects) {
    if (object.key.ends_with(kManifestEnding) && object.bytes > 0) manifests.insert(object.key);
  }
  for (const auto& object : objects) {
    const std::string_view class_name = class_of(object.key);
    if (object.key.starts_with(kPartialFolder)) catalogue.partial.push_back(object);
    if (object.key == kPointerKey) catalogue.has_verified = true;
    if (class_name.empty() || object.key.ends_with(kManifestEnding)) continue;
    std::string name = object.key.substr(class_name.size() + 1);
    const auto time = parse_dump_name(name);
    if (!time) {
      catalogue.rejected.push_back({.key = object.key, .why = time.error(), .modified = object.modified});
      continue;
    }
    catalogue.dumps.push_back({.class_ = std::string(class_name),
                               .name = std::move(name),
                               .time = *time,
                               .bytes = object.bytes,
                               .committed = manifests.contains(object.key + std::string(kManifestEnding))});
  }
  std::ranges::sort(catalogue.dumps, {}, &StoredDump::time);
  return catalogue;
}

Outcome<Catalogue> read_catalogue(const object_store::ObjectStore& store, const Context& context) {
  BUSFLOW_TRY(const auto objects, store.list(context, ""));
  return sort_objects(objects);
}

Outcome<Manifest> fetch_manifest(const object_store::ObjectStore& store, const Context& context,
                                 const StoredDump& dump) {
  BUSFLOW_TRY(const auto text, store.read(context, dump.key() + std::string(kManifestEnding)));
  auto manifest = read_manifest(text);
  if (!manifest)
    return found(Problem::kBadManifest, fmt::format("{}{}: {}", dump.name, kManifestEnding, manifest.error().detail));
  if (manifest->name != dump.name)
    return found(Problem::kBadManifest, fmt::format("the manifest of {} is that of {}", dump.name, manifest->name));
  return manifest;
}

Outcome<std::optional<VerifiedPointer>> read_verified(const object_store::ObjectStore& store, const Context& context,
                                                      const Catalogue& catalogue) {
  if (!catalogue.has_verified) return std::nullopt;
  BUSFLOW_TRY(const auto text, store.read(context, kPointerKey));
  auto pointer = parse_pointer(text);
  if (!pointer) return found(Problem::kBadManifest, fmt::format("{}: {}", kPointerKey, pointer.error().message()));
  return std::move(*pointer);
}

Outcome<void> write_verified(const object_store::ObjectStore& store, const Context& context,
                             const VerifiedPointer& pointer) {
  const auto text = json::serialize(json::Object{{"name", pointer.name},
                                                 {"class", pointer.class_},
                                                 {"sha256", pointer.sha256},
                                                 {"verified", to_rfc3339(pointer.verified)},
                                                 {"verified_ms", pointer.verified.time_since_epoch().count()}});
  BUSFLOW_CHECK(store.write(context, kPointerKey, text));
  return {};
}

}  // namespace busflow::backup
