#pragma once

#include <cstdint>
#include <string>

#include <platform/base/clock.hpp>
#include <platform/base/session.hpp>

namespace busflow::files {

struct Bucket {
  std::string id;
  std::uint64_t min_size = 0;
  std::uint64_t max_size = 0;
  std::int64_t download_seconds = 0;
  std::string cache_control;
  bool has_signed_addresses = false;
};

struct File {
  std::string id;
  std::string tenant_id;  ///< Empty outside of an operator.
  std::string bucket_id;
  std::string name;
  std::uint64_t size = 0;
  std::string mime_type;
  std::string etag;  ///< Quotes included.
  std::string blob_key;
  std::string uploaded_by_user_id;
  std::string metadata = "{}";  ///< JSON object.
  WallTime created_at;
  WallTime updated_at;
};

/// The first of the two locks; the other is row-level security.

/// Of the platform.
bool is_staff(const Session& session);
/// Whoever works for an operator, belongs to the staff, or is somebody by themselves.
bool may_upload(const Session& session);
/// Those of their operator; their own, who have none; staff all.
bool may_read(const Session& session, const File& file);
/// What they uploaded; managers and dispatchers everything of their operator.
bool may_change(const Session& session, const File& file);

/// The last part of a path, without control characters, at most 255 bytes; "unnamed" when nothing is left.
std::string safe_name(std::string_view name);

}  // namespace busflow::files
