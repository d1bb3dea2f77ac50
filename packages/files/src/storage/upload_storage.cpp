#include "storage/upload_storage.hpp"

#include "storage/numbers.hpp"

namespace busflow::files {
namespace {

constexpr postgres::Statement kForgetExpired{"files.forget_expired_uploads",
                                             "delete from files.uploads where expires_at < $1"};
constexpr postgres::Statement kInsert{
    "files.insert_upload",
    "insert into files.uploads (id, tenant_id, user_id, bucket_id, name, mime_type, metadata, length, expires_at)"
    "  values ($1, nullif($2, '')::uuid, $3, $4, $5, $6, $7::jsonb, $8::bigint, $9) on conflict (id) do nothing"};
constexpr postgres::Statement kFind{"files.find_upload",
                                    "select coalesce(tenant_id::text, '') as tenant_id, user_id, bucket_id, name, "
                                    "mime_type, metadata, length, received,"
                                    "    is_done, (extract(epoch from expires_at) * 1000)::bigint as expires_at"
                                    "  from files.uploads where id = $1"};
constexpr postgres::Statement kAdvance{"files.advance_upload",
                                       "update files.uploads set received = received + $3::bigint"
                                       "  where id = $1 and received = $2::bigint and not is_done"};
constexpr postgres::Statement kInsertPiece{
    "files.insert_piece",
    "insert into files.upload_pieces (upload_id, first, size, blob_key) values ($1, $2::bigint, $3::bigint, $4)"};
constexpr postgres::Statement kPieces{
    "files.pieces_of", "select first, size, blob_key from files.upload_pieces where upload_id = $1 order by first"};
constexpr postgres::Statement kDiscardPieces{
    "files.discard_pieces",
    "with gone as (delete from files.upload_pieces where upload_id = $1 returning blob_key)"
    "  update files.blobs set state = 'GARBAGE', changed_at = $2 where key in (select blob_key from gone)"};
constexpr postgres::Statement kFinish{"files.finish_upload",
                                      "update files.uploads set is_done = true, received = length"
                                      "  where id = $1 and received = $2::bigint and not is_done"};
constexpr postgres::Statement kDelete{"files.delete_upload", "delete from files.uploads where id = $1"};

}  // namespace

Result<bool> insert_upload(postgres::Transaction& transaction, const Upload& upload, WallTime now) {
  BUSFLOW_CHECK(transaction.change(kForgetExpired, {to_rfc3339(now)}));
  BUSFLOW_TRY(const auto count,
              transaction.change(kInsert, {upload.id, upload.tenant_id, upload.user_id, upload.bucket_id, upload.name,
                                           upload.mime_type, upload.metadata, std::to_string(upload.length),
                                           to_rfc3339(upload.expires_at)}));
  return count > 0;
}

Result<std::optional<Upload>> find_upload(postgres::Transaction& transaction, const std::string& id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kFind, {id}));
  if (rows.empty()) return std::nullopt;
  const auto field = [&rows](std::string_view name) { return std::string(rows.text(0, name)); };
  return Upload{.id = id,
                .tenant_id = field("tenant_id"),
                .user_id = field("user_id"),
                .bucket_id = field("bucket_id"),
                .name = field("name"),
                .mime_type = field("mime_type"),
                .metadata = field("metadata"),
                .length = number<std::uint64_t>(rows.text(0, "length")),
                .received = number<std::uint64_t>(rows.text(0, "received")),
                .is_done = rows.text(0, "is_done") == "t",
                .expires_at = milliseconds(rows.text(0, "expires_at"))};
}

Result<bool> add_piece(postgres::Transaction& transaction, const std::string& upload_id, const Piece& piece) {
  const auto first = std::to_string(piece.first);
  const auto size = std::to_string(piece.size);
  BUSFLOW_TRY(const auto advanced, transaction.change(kAdvance, {upload_id, first, size}));
  if (advanced == 0) return false;
  BUSFLOW_CHECK(transaction.change(kInsertPiece, {upload_id, first, size, piece.blob_key}));
  return true;
}

Result<std::vector<Piece>> pieces_of(postgres::Transaction& transaction, const std::string& upload_id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kPieces, {upload_id}));
  std::vector<Piece> pieces;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    pieces.push_back({.first = number<std::uint64_t>(rows.text(row, "first")),
                      .size = number<std::uint64_t>(rows.text(row, "size")),
                      .blob_key = std::string(rows.text(row, "blob_key"))});
  }
  return pieces;
}

Result<bool> finish_upload(postgres::Transaction& transaction, const std::string& id, std::uint64_t received,
                           WallTime now) {
  BUSFLOW_TRY(const auto finished, transaction.change(kFinish, {id, std::to_string(received)}));
  if (finished == 0) return false;
  BUSFLOW_CHECK(transaction.change(kDiscardPieces, {id, to_rfc3339(now)}));
  return true;
}

Result<void> delete_upload(postgres::Transaction& transaction, const std::string& id, WallTime now) {
  BUSFLOW_CHECK(transaction.change(kDiscardPieces, {id, to_rfc3339(now)}));
  BUSFLOW_CHECK(transaction.change(kDelete, {id}));
  return {};
}

}  // namespace busflow::files
