#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/blob_store/blob_store.hpp>
#include <platform/postgres/pool.hpp>

#include <files/module.hpp>

#include "domain/file.hpp"

namespace busflow::files {

/// What is said of a file that is uploaded.
struct NewFile {
  std::optional<std::string> id;  ///< Chosen by the client.
  std::string name;
  std::string mime_type;  ///< Empty: by its first bytes.
  std::string metadata = "{}";
};

inline const postgres::TransactionOptions kAsFiles{.database_role = "busflow_files"};

/// Bytes that were begun longer ago belong to nobody.
inline constexpr std::chrono::hours kLongestUpload{24};

/// A key that was never used, in folders of a few hundred entries at most.
std::string new_blob_key();

/// kPayloadTooLarge, kValidationFailed: more or less than the bucket takes.
Result<void> check_size(const Bucket& bucket, std::uint64_t size);

/// Uploading, reading, replacing and deleting, for whom the context's session speaks. Bytes and row never disagree: the
/// bytes are written first, under a key of their own that was noted before, and a transaction makes them the file's.
/// Whatever a crash leaves is removed later. Thread-safe.
class FileStore {
 public:
  explicit FileStore(const Dependencies& dependencies)
      : pool_(dependencies.pool), store_(dependencies.store), scanner_(dependencies.scanner) {}

  /// kNotFound: the bucket; kPermissionDenied; kPayloadTooLarge, kValidationFailed: larger or smaller than the bucket
  /// takes; kConflict: the id is taken. With a scanner: kPermissionDenied names the virus; kUpstreamUnavailable.
  /// `beside` happens in the transaction that makes the bytes a file, or neither does.
  using Beside = std::function<Result<void>(postgres::Transaction&)>;
  Result<File> upload(Context& context, const std::string& bucket_id, const NewFile& about,
                      const blob_store::Source& source, const Beside& beside = {}) const;
  /// The id, the uploader and what is not said stay as they were.
  Result<File> replace(Context& context, const std::string& id, const std::optional<NewFile>& about,
                       std::string_view mime_type, const blob_store::Source& source) const;
  Result<void> remove(Context& context, const std::string& id) const;

  struct Found {
    File file;
    Bucket bucket;
  };
  /// kNotFound also when it is another operator's.
  Result<Found> find(Context& context, const std::string& id) const;
  /// For whoever holds a signed address.
  Result<Found> find_signed(Context& context, const std::string& id) const;
  Result<void> read(Context& context, const File& file, std::uint64_t first, std::uint64_t length,
                    const blob_store::Sink& sink) const;

  /// kNotFound.
  Result<Bucket> bucket(Context& context, const std::string& id) const;

  /// Removes bytes that no file has: at most ten.
  Result<void> sweep(Context& context) const;

 private:
  struct Written {
    std::string key;
    std::uint64_t size = 0;
    std::string etag;
    std::string mime_type;
  };
  /// Under a key that was noted before.
  Result<Written> write(Context& context, const Bucket& bucket, const std::string& name, std::string_view mime_type,
                        const std::string& key, const blob_store::Source& source) const;
  /// As a part of uploads' work, but at most once a minute.
  Result<void> sweep_now_and_then(Context& context) const;
  Result<void> refuse_virus(Context& context, const std::string& name, const std::string& virus) const;
  Result<void> discard(Context& context, const std::string& key) const;
  /// As far as row-level security lets the session see.
  Result<Found> look_up(Context& context, const std::string& id) const;

  postgres::Pool& pool_;
  blob_store::BlobStore& store_;
  const virus_scan::Scanner& scanner_;
  std::shared_ptr<std::atomic<WallTime>> last_sweep_ = std::make_shared<std::atomic<WallTime>>();
};

}  // namespace busflow::files
