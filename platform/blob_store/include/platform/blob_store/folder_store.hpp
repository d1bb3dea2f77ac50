#pragma once

#include <filesystem>

#include <platform/blob_store/blob_store.hpp>

namespace busflow::blob_store {

/// In a folder of this machine: for development, and for installations of one server.
class FolderStore final : public BlobStore {
 public:
  /// Made when it is missing, for this user only.
  explicit FolderStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<void> put(Context& context, const std::string& key, const Source& source) override;
  Result<void> get(Context& context, const std::string& key, std::uint64_t first, std::uint64_t length,
                   const Sink& sink) override;
  Result<void> remove(Context& context, const std::string& key) override;

 private:
  std::filesystem::path folder_;
};

}  // namespace busflow::blob_store
