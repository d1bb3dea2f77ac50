#include "usecases/upkeep.hpp"

#include "storage/file_storage.hpp"
#include "usecases/file_store.hpp"

namespace busflow::files {
namespace {

constexpr std::size_t kAtOnce = 1000;

Result<void> check_staff(const Context& context) {
  if (is_staff(context.session)) return {};
  return fail(ErrorName::kPermissionDenied, "you are not authorized");
}

}  // namespace

Result<std::vector<std::string>> Upkeep::orphans(Context& context) const {
  BUSFLOW_CHECK(check_staff(context));
  return pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) {
    return lock_garbage(transaction, context.clock.now() - kLongestUpload, kAtOnce);
  });
}

Result<std::vector<std::string>> Upkeep::remove_orphans(Context& context) const {
  BUSFLOW_CHECK(check_staff(context));
  return pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) -> Result<std::vector<std::string>> {
    BUSFLOW_TRY(const auto keys, lock_garbage(transaction, context.clock.now() - kLongestUpload, kAtOnce));
    std::vector<std::string> removed;
    for (const auto& key : keys) {
      if (!store_.remove(context, key)) continue;
      BUSFLOW_CHECK(forget_blob(transaction, key));
      removed.push_back(key);
    }
    return removed;
  });
}

Result<std::vector<File>> Upkeep::broken(Context& context) const {
  BUSFLOW_CHECK(check_staff(context));
  std::vector<File> found;
  for (std::string after;;) {
    BUSFLOW_CHECK(context.check());
    BUSFLOW_TRY(const auto files, pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) {
      return list_files(transaction, after, kAtOnce);
    }));
    for (const auto& file : files) {
      if (file.size == 0) continue;
      const auto read = store_.get(context, file.blob_key, 0, 1, [](std::string_view) -> Result<void> { return {}; });
      if (!read && read.error().name != ErrorName::kNotFound) return std::unexpected(read.error());
      if (!read) found.push_back(file);
    }
    if (files.size() < kAtOnce) return found;
    after = files.back().id;
  }
}

Result<std::vector<File>> Upkeep::remove_broken(Context& context) const {
  BUSFLOW_TRY(auto found, broken(context));
  BUSFLOW_CHECK(pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) -> Result<void> {
    for (const auto& file : found) {
      BUSFLOW_CHECK(delete_file(transaction, file.id));
      BUSFLOW_CHECK(discard_blob(transaction, file.blob_key, context.clock.now()));
    }
    return {};
  }));
  return found;
}

}  // namespace busflow::files
