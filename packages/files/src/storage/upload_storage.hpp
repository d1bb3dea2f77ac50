#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/postgres/transaction.hpp>

namespace busflow::files {

/// A file that comes in several requests.
struct Upload {
  std::string id;         ///< Also of the file.
  std::string tenant_id;  ///< Empty outside of an operator.
  std::string user_id;
  std::string bucket_id;
  std::string name;
  std::string mime_type;
  std::string metadata = "{}";  ///< JSON object.
  std::uint64_t length = 0;
  std::uint64_t received = 0;
  bool is_done = false;
  WallTime expires_at;
};

struct Piece {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
  std::string blob_key;
};

/// Also deletes the operator's uploads that have expired.
Result<bool> insert_upload(postgres::Transaction& transaction, const Upload& upload, WallTime now);
Result<std::optional<Upload>> find_upload(postgres::Transaction& transaction, const std::string& id);
/// False when something else has come in its place meanwhile.
Result<bool> add_piece(postgres::Transaction& transaction, const std::string& upload_id, const Piece& piece);
/// In their order.
Result<std::vector<Piece>> pieces_of(postgres::Transaction& transaction, const std::string& upload_id);
/// The file is there; the pieces become garbage. False when somebody else was faster.
Result<bool> finish_upload(postgres::Transaction& transaction, const std::string& id, std::uint64_t received,
                           WallTime now);
/// The same for one that is given up.
Result<void> delete_upload(postgres::Transaction& transaction, const std::string& id, WallTime now);

}  // namespace busflow::files
