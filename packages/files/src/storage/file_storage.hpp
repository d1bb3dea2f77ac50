#pragma once

#include <optional>
#include <string>
#include <vector>

#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

#include "domain/file.hpp"

namespace busflow::files {

Result<std::optional<Bucket>> find_bucket(postgres::Transaction& transaction, const std::string& id);
Result<std::optional<File>> find_file(postgres::Transaction& transaction, const std::string& id, bool lock = false);

/// False when there is a file of that id, of whomever.
Result<bool> insert_file(postgres::Transaction& transaction, const File& file);
Result<void> update_file(postgres::Transaction& transaction, const File& file);
Result<void> delete_file(postgres::Transaction& transaction, const std::string& id);

/// A key that will be written.
Result<void> announce_blob(postgres::Transaction& transaction, const std::string& key, WallTime now);
Result<void> use_blob(postgres::Transaction& transaction, const std::string& key, WallTime now);
/// A key whose bytes nobody wants any more.
Result<void> discard_blob(postgres::Transaction& transaction, const std::string& key, WallTime now);
/// Keys of bytes that can be removed: discarded, or announced before `before` and never used. At most `count`, locked,
/// so that others take other ones.
Result<std::vector<std::string>> lock_garbage(postgres::Transaction& transaction, WallTime before, std::size_t count);
Result<void> forget_blob(postgres::Transaction& transaction, const std::string& key);

/// Those after the id, in its order.
Result<std::vector<File>> list_files(postgres::Transaction& transaction, const std::string& after, std::size_t count);

/// A scanner found something in what the session uploaded.
Result<void> record_virus(postgres::Transaction& transaction, const std::string& id, const Session& session,
                          const std::string& file_name, const std::string& virus, WallTime now);

}  // namespace busflow::files
