#pragma once

#include <string>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>
#include <platform/blob_store/blob_store.hpp>
#include <platform/postgres/pool.hpp>

#include <files/module.hpp>

#include "domain/file.hpp"

namespace busflow::files {

/// What the staff of the platform look for when bytes and rows seem to disagree; kPermissionDenied for others.
/// Thread-safe.
class Upkeep {
 public:
  explicit Upkeep(const Dependencies& dependencies) : pool_(dependencies.pool), store_(dependencies.store) {}

  /// Keys of bytes that no file has: given up, or begun more than a day ago.
  Result<std::vector<std::string>> orphans(Context& context) const;
  /// The same, and removes them. What the store cannot remove now is not named.
  Result<std::vector<std::string>> remove_orphans(Context& context) const;

  /// Files whose bytes the store does not have. Asks it for one byte of each.
  Result<std::vector<File>> broken(Context& context) const;
  /// The same, and deletes them.
  Result<std::vector<File>> remove_broken(Context& context) const;

 private:
  postgres::Pool& pool_;
  blob_store::BlobStore& store_;
};

}  // namespace busflow::files
