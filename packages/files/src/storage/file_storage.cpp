#include "storage/file_storage.hpp"

#include "storage/numbers.hpp"

namespace busflow::files {
namespace {

constexpr postgres::Statement kFindBucket{
    "files.find_bucket",
    "select id, min_upload_file_size, max_upload_file_size, download_expiration, cache_control, presigned_urls_enabled"
    "  from files.buckets where id = $1"};
#define BUSFLOW_FILE                                                                                         \
  "select id, coalesce(tenant_id::text, '') as tenant_id, bucket_id, name, size, mime_type, etag, blob_key," \
  "    coalesce(uploaded_by_user_id::text, '') as uploaded_by_user_id, metadata,"                            \
  "    (extract(epoch from created_at) * 1000)::bigint as created_at,"                                       \
  "    (extract(epoch from updated_at) * 1000)::bigint as updated_at"                                        \
  "  from files.files where "
constexpr postgres::Statement kFind{"files.find_file", BUSFLOW_FILE "id = $1"};
constexpr postgres::Statement kLock{"files.lock_file", BUSFLOW_FILE "id = $1 for update"};
constexpr postgres::Statement kList{"files.list_files", BUSFLOW_FILE
                                    "id > coalesce(nullif($1, '')::uuid, '00000000-0000-0000-0000-000000000000')"
                                    "  order by id limit $2::integer"};
#undef BUSFLOW_FILE
constexpr postgres::Statement kInsert{
    "files.insert_file",
    "insert into files.files (id, tenant_id, bucket_id, name, size, mime_type, etag, blob_key, uploaded_by_user_id,"
    "    metadata, created_at, updated_at)"
    "  values ($1, nullif($2, '')::uuid, $3, $4, $5::bigint, $6, $7, $8, nullif($9, '')::uuid, $10::jsonb, $11, $11)"
    "  on conflict (id) do nothing"};
constexpr postgres::Statement kUpdate{
    "files.update_file",
    "update files.files set name = $2, size = $3::bigint, mime_type = $4, etag = $5, blob_key = $6,"
    "    metadata = $7::jsonb, updated_at = $8 where id = $1"};
constexpr postgres::Statement kDelete{"files.delete_file", "delete from files.files where id = $1"};
constexpr postgres::Statement kAnnounce{"files.announce_blob",
                                        "insert into files.blobs (key, state, changed_at) values ($1, 'WRITING', $2)"};
constexpr postgres::Statement kUse{"files.use_blob",
                                   "update files.blobs set state = 'IN_USE', changed_at = $2 where key = $1"};
constexpr postgres::Statement kDiscard{"files.discard_blob",
                                       "update files.blobs set state = 'GARBAGE', changed_at = $2 where key = $1"};
constexpr postgres::Statement kGarbage{
    "files.lock_garbage",
    "select key from files.blobs where state = 'GARBAGE' or (state = 'WRITING' and changed_at < $1)"
    "  order by changed_at limit $2::integer for update skip locked"};
constexpr postgres::Statement kForget{"files.forget_blob",
                                      "delete from files.blobs where key = $1 and state <> 'IN_USE'"};
constexpr postgres::Statement kRecordVirus{
    "files.record_virus",
    "insert into files.viruses (id, tenant_id, user_id, file_name, virus, found_at)"
    "  values ($1, nullif($2, '')::uuid, nullif($3, '')::uuid, $4, $5, $6)"};

File to_file(const postgres::Rows& rows, std::size_t row) {
  const auto field = [&](std::string_view name) { return std::string(rows.text(row, name)); };
  return {.id = field("id"),
          .tenant_id = field("tenant_id"),
          .bucket_id = field("bucket_id"),
          .name = field("name"),
          .size = number<std::uint64_t>(rows.text(row, "size")),
          .mime_type = field("mime_type"),
          .etag = field("etag"),
          .blob_key = field("blob_key"),
          .uploaded_by_user_id = field("uploaded_by_user_id"),
          .metadata = field("metadata"),
          .created_at = milliseconds(rows.text(row, "created_at")),
          .updated_at = milliseconds(rows.text(row, "updated_at"))};
}

}  // namespace

Result<std::optional<Bucket>> find_bucket(postgres::Transaction& transaction, const std::string& id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kFindBucket, {id}));
  if (rows.empty()) return std::nullopt;
  return Bucket{.id = id,
                .min_size = number<std::uint64_t>(rows.text(0, "min_upload_file_size")),
                .max_size = number<std::uint64_t>(rows.text(0, "max_upload_file_size")),
                .download_seconds = number<std::int64_t>(rows.text(0, "download_expiration")),
                .cache_control = std::string(rows.text(0, "cache_control")),
                .has_signed_addresses = rows.text(0, "presigned_urls_enabled") == "t"};
}

Result<std::optional<File>> find_file(postgres::Transaction& transaction, const std::string& id, bool lock) {
  BUSFLOW_TRY(const auto rows, transaction.execute(lock ? kLock : kFind, {id}));
  return rows.empty() ? std::nullopt : std::optional(to_file(rows, 0));
}

Result<bool> insert_file(postgres::Transaction& transaction, const File& file) {
  BUSFLOW_TRY(const auto count,
              transaction.change(kInsert, {file.id, file.tenant_id, file.bucket_id, file.name,
                                           std::to_string(file.size), file.mime_type, file.etag, file.blob_key,
                                           file.uploaded_by_user_id, file.metadata, to_rfc3339(file.created_at)}));
  return count > 0;
}

Result<void> update_file(postgres::Transaction& transaction, const File& file) {
  BUSFLOW_CHECK(transaction.change(kUpdate, {file.id, file.name, std::to_string(file.size), file.mime_type, file.etag,
                                             file.blob_key, file.metadata, to_rfc3339(file.updated_at)}));
  return {};
}

Result<void> delete_file(postgres::Transaction& transaction, const std::string& id) {
  BUSFLOW_CHECK(transaction.change(kDelete, {id}));
  return {};
}

Result<void> announce_blob(postgres::Transaction& transaction, const std::string& key, WallTime now) {
  BUSFLOW_CHECK(transaction.change(kAnnounce, {key, to_rfc3339(now)}));
  return {};
}

Result<void> use_blob(postgres::Transaction& transaction, const std::string& key, WallTime now) {
  BUSFLOW_CHECK(transaction.change(kUse, {key, to_rfc3339(now)}));
  return {};
}

Result<void> discard_blob(postgres::Transaction& transaction, const std::string& key, WallTime now) {
  BUSFLOW_CHECK(transaction.change(kDiscard, {key, to_rfc3339(now)}));
  return {};
}

Result<std::vector<std::string>> lock_garbage(postgres::Transaction& transaction, WallTime before, std::size_t count) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kGarbage, {to_rfc3339(before), std::to_string(count)}));
  std::vector<std::string> keys;
  for (std::size_t row = 0; row < rows.size(); ++row) keys.emplace_back(rows.text(row, std::size_t{0}));
  return keys;
}

Result<void> forget_blob(postgres::Transaction& transaction, const std::string& key) {
  BUSFLOW_CHECK(transaction.change(kForget, {key}));
  return {};
}

Result<std::vector<File>> list_files(postgres::Transaction& transaction, const std::string& after, std::size_t count) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kList, {after, std::to_string(count)}));
  std::vector<File> files;
  for (std::size_t row = 0; row < rows.size(); ++row) files.push_back(to_file(rows, row));
  return files;
}

Result<void> record_virus(postgres::Transaction& transaction, const std::string& id, const Session& session,
                          const std::string& file_name, const std::string& virus, WallTime now) {
  BUSFLOW_CHECK(transaction.change(kRecordVirus, {id, std::string(session.tenant_id()), std::string(session.user_id()),
                                                  file_name, virus, to_rfc3339(now)}));
  return {};
}

}  // namespace busflow::files
