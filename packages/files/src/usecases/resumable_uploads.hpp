#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/blob_store/blob_store.hpp>
#include <platform/postgres/pool.hpp>

#include "storage/upload_storage.hpp"
#include "usecases/file_store.hpp"

namespace busflow::files {

/// Uploads that go on where they were cut. Whatever came is kept piece by piece, so a cut, or a killed process, costs
/// at most the piece that was under way; the last piece and the file come in one transaction. Only who began an upload
/// sees it, for a day. Thread-safe.
class ResumableUploads {
 public:
  ResumableUploads(const Dependencies& dependencies, const FileStore& files)
      : pool_(dependencies.pool), store_(dependencies.store), files_(files) {}

  /// kNotFound: the bucket; kPermissionDenied; kPayloadTooLarge, kValidationFailed: longer or shorter than it takes.
  Result<Upload> begin(Context& context, const std::string& bucket_id, const NewFile& about,
                       std::uint64_t length) const;
  /// kNotFound: also when it has expired.
  Result<Upload> find(Context& context, const std::string& id) const;
  /// What follows the first `from` bytes. kConflict when that is not what is wanted next; kPayloadTooLarge when more
  /// comes than was said. An error of the source keeps what came before it.
  Result<Upload> append(Context& context, const std::string& id, std::uint64_t from,
                        const blob_store::Source& source) const;
  Result<void> give_up(Context& context, const std::string& id) const;

 private:
  Result<void> keep_piece(Context& context, Upload& upload, std::string bytes) const;
  Result<void> finish(Context& context, Upload& upload, const std::string& last) const;

  postgres::Pool& pool_;
  blob_store::BlobStore& store_;
  FileStore files_;
};

}  // namespace busflow::files
