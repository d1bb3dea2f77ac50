#include "usecases/resumable_uploads.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "storage/file_storage.hpp"

namespace busflow::files {
namespace {

constexpr std::size_t kPieceBytes = 8 << 20;
constexpr std::chrono::hours kTimeToFinish{20};  // Shorter than the bytes of a piece are kept.
constexpr std::size_t kReadAtOnce = 1 << 20;

std::unexpected<Error> not_there() { return fail(ErrorName::kNotFound, "upload not found"); }

std::unexpected<Error> out_of_step(const Upload& upload) {
  return fail(ErrorName::kConflict, fmt::format("the upload goes on at byte {}", upload.received));
}

/// The kept pieces one after the other, and then the last one, which is still in memory.
class Assembly {
 public:
  Assembly(Context& context, blob_store::BlobStore& store, std::vector<Piece> pieces, const std::string& last)
      : context_(context), store_(store), pieces_(std::move(pieces)), last_(last) {}

  Result<std::string> next() {
    if (piece_ == pieces_.size()) return std::exchange(is_last_given_, true) ? std::string() : last_;
    const Piece& piece = pieces_[piece_];
    const auto wanted = std::min<std::uint64_t>(piece.size - at_, kReadAtOnce);
    std::string bytes;
    BUSFLOW_CHECK(store_.get(context_, piece.blob_key, at_, wanted, [&bytes](std::string_view some) -> Result<void> {
      bytes += some;
      return {};
    }));
    at_ += wanted;
    if (at_ == piece.size) {
      ++piece_;
      at_ = 0;
    }
    return bytes;
  }

 private:
  Context context_;
  blob_store::BlobStore& store_;
  std::vector<Piece> pieces_;
  const std::string& last_;
  std::size_t piece_ = 0;
  std::uint64_t at_ = 0;
  bool is_last_given_ = false;
};

}  // namespace

Result<Upload> ResumableUploads::begin(Context& context, const std::string& bucket_id, const NewFile& about,
                                       std::uint64_t length) const {
  if (!may_upload(context.session)) return fail(ErrorName::kPermissionDenied, "you are not authorized");
  BUSFLOW_TRY(const auto into, files_.bucket(context, bucket_id));
  BUSFLOW_CHECK(check_size(into, length));
  Upload upload{.id = about.id ? *about.id : context.identifiers.next().to_string(),
                .tenant_id = std::string(context.session.tenant_id()),
                .user_id = std::string(context.session.user_id()),
                .bucket_id = bucket_id,
                .name = safe_name(about.name),
                .mime_type = about.mime_type,
                .metadata = about.metadata,
                .length = length,
                .expires_at = context.clock.now() + kTimeToFinish};
  BUSFLOW_TRY(const bool is_new, pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) {
    return insert_upload(transaction, upload, context.clock.now());
  }));
  if (!is_new) return fail(ErrorName::kConflict, "there is an upload of this id already", "$.metadata.id");
  if (length == 0) BUSFLOW_CHECK(finish(context, upload, {}));
  return upload;
}

Result<Upload> ResumableUploads::find(Context& context, const std::string& id) const {
  if (!Uuid::parse(id)) return not_there();
  BUSFLOW_TRY(auto upload, pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) {
    return find_upload(transaction, id);
  }));
  if (!upload || upload->user_id != context.session.user_id() || upload->expires_at <= context.clock.now())
    return not_there();
  return *std::move(upload);
}

Result<void> ResumableUploads::keep_piece(Context& context, Upload& upload, std::string bytes) const {
  const Piece piece{.first = upload.received, .size = bytes.size(), .blob_key = new_blob_key()};
  BUSFLOW_CHECK(pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) {
    return announce_blob(transaction, piece.blob_key, context.clock.now());
  }));
  BUSFLOW_CHECK(
      store_.put(context, piece.blob_key, [&bytes] { return Result<std::string>(std::exchange(bytes, {})); }));
  BUSFLOW_TRY(const bool is_kept, pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) {
    return add_piece(transaction, upload.id, piece);
  }));
  if (!is_kept) return out_of_step(upload);
  upload.received += piece.size;
  return {};
}

Result<void> ResumableUploads::finish(Context& context, Upload& upload, const std::string& last) const {
  BUSFLOW_TRY(auto pieces, pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) {
    return pieces_of(transaction, upload.id);
  }));
  Assembly assembly(context, store_, std::move(pieces), last);
  const NewFile about{.id = upload.id, .name = upload.name, .mime_type = upload.mime_type, .metadata = upload.metadata};
  BUSFLOW_CHECK(files_.upload(
      context, upload.bucket_id, about, [&assembly] { return assembly.next(); },
      [&](postgres::Transaction& transaction) -> Result<void> {
        BUSFLOW_TRY(const bool is_finished,
                    finish_upload(transaction, upload.id, upload.received, context.clock.now()));
        return is_finished ? Result<void>() : out_of_step(upload);
      }));
  upload.received = upload.length;
  upload.is_done = true;
  return {};
}

Result<Upload> ResumableUploads::append(Context& context, const std::string& id, std::uint64_t from,
                                        const blob_store::Source& source) const {
  BUSFLOW_TRY(auto upload, find(context, id));
  if (upload.received != from || upload.is_done) return out_of_step(upload);
  std::string gathered;
  Result<void> reading;
  for (bool is_over = false; !is_over;) {
    auto bytes = source();
    is_over = !bytes || bytes->empty();
    if (!bytes) reading = std::unexpected(bytes.error());
    if (bytes) gathered += *bytes;
    const auto here = upload.received + gathered.size();
    if (here > upload.length)
      return fail(ErrorName::kPayloadTooLarge, fmt::format("the upload has {} bytes, and more came", upload.length));
    if (here == upload.length) {
      auto finished = finish(context, upload, gathered);
      // A virus, or a right that was taken away meanwhile: trying again would not help.
      if (!finished && finished.error().name == ErrorName::kPermissionDenied) BUSFLOW_CHECK(give_up(context, id));
      if (!finished) return std::unexpected(finished.error());
      return upload;
    }
    if (!gathered.empty() && (is_over || gathered.size() >= kPieceBytes))
      BUSFLOW_CHECK(keep_piece(context, upload, std::exchange(gathered, {})));
  }
  BUSFLOW_CHECK(reading);
  return upload;
}

Result<void> ResumableUploads::give_up(Context& context, const std::string& id) const {
  BUSFLOW_TRY(const auto upload, find(context, id));
  BUSFLOW_CHECK(pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) {
    return delete_upload(transaction, upload.id, context.clock.now());
  }));
  return files_.sweep(context);
}

}  // namespace busflow::files
