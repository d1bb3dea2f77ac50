#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <platform/backup/manifest.hpp>
#include <platform/backup/problem.hpp>
#include <platform/base/context.hpp>
#include <platform/object_store/object_store.hpp>

/// How dumps lie in the bucket:
///   regular/pg_dump_YYYYMMDD_HHMM.dump        a dump; committed once its manifest is there
///   regular/pg_dump_….dump.manifest.json      see Manifest
///   pre-cutover/…                             the same, for dumps taken before a cutover
///   partial/…                                 dumps being uploaded, or what a killed producer left
///   verified-latest.json                      the last dump that was proven
namespace busflow::backup {

inline constexpr std::string_view kRegular = "regular";
inline constexpr std::string_view kPreCutover = "pre-cutover";
inline constexpr std::string_view kPartialFolder = "partial/";
inline constexpr std::string_view kManifestEnding = ".manifest.json";

struct StoredDump {
  std::string class_;
  std::string name;
  WallTime time{};
  std::uint64_t bytes = 0;
  bool committed = false;

  std::string key() const { return class_ + "/" + name; }
};

/// An object where only dumps belong.
struct RejectedObject {
  std::string key;
  Failure why;
  WallTime modified{};
};

struct Catalogue {
  std::vector<StoredDump> dumps;  ///< Oldest first.
  std::vector<RejectedObject> rejected;
  std::vector<object_store::ObjectInfo> partial;
  bool has_verified = false;  ///< Whether verified-latest.json is there.

  std::vector<StoredDump> committed(std::string_view class_name) const;
  /// By name, in any class; committed ones only.
  std::optional<StoredDump> find(std::string_view name) const;
};

Outcome<Catalogue> read_catalogue(const object_store::ObjectStore& store, const Context& context);
/// For tests and the above.
Catalogue sort_objects(const std::vector<object_store::ObjectInfo>& objects);

Outcome<Manifest> fetch_manifest(const object_store::ObjectStore& store, const Context& context,
                                 const StoredDump& dump);

/// The last dump that was proven.
struct VerifiedPointer {
  std::string name;
  std::string class_;
  std::string sha256;
  WallTime verified{};
};

Outcome<std::optional<VerifiedPointer>> read_verified(const object_store::ObjectStore& store, const Context& context,
                                                      const Catalogue& catalogue);
Outcome<void> write_verified(const object_store::ObjectStore& store, const Context& context,
                             const VerifiedPointer& pointer);

}  // namespace busflow::backup
