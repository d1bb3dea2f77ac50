#include "usecases/file_store.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/crypto/digest.hpp>
#include <platform/crypto/random.hpp>
#include <platform/media_type/media_type.hpp>

#include "storage/file_storage.hpp"

namespace busflow::files {
namespace {

constexpr std::size_t kKeyBytes = 20;
constexpr std::size_t kTagDigits = 32;
constexpr std::size_t kSweptAtOnce = 10;
constexpr std::chrono::minutes kSweepPause{1};
constexpr std::string_view kSignedRole = "busflow_signed_address";

std::unexpected<Error> not_there() { return fail(ErrorName::kNotFound, "file not found"); }
std::unexpected<Error> not_allowed() { return fail(ErrorName::kPermissionDenied, "you are not authorized"); }

std::unexpected<Error> too_big(const Bucket& bucket) {
  return fail(ErrorName::kPayloadTooLarge,
              fmt::format("file too big: the bucket '{}' takes at most {} bytes", bucket.id, bucket.max_size));
}

/// Looks at what passes: how much it is, what it is, and its digest.
class Inspector {
 public:
  Inspector(const Bucket& bucket, const blob_store::Source& source, virus_scan::Scan& scan)
      : bucket_(bucket), source_(source), scan_(scan) {}

  Result<std::string> next() {
    BUSFLOW_TRY(auto piece, source_());
    size_ += piece.size();
    if (size_ > bucket_.max_size) return too_big(bucket_);
    digest_.update(piece);
    BUSFLOW_CHECK(scan_.add(piece));
    if (first_.size() < media_type::kEnough) first_ += piece.substr(0, media_type::kEnough - first_.size());
    return piece;
  }

  std::uint64_t size() const { return size_; }
  std::string etag() { return "\"" + digest_.finish().substr(0, kTagDigits) + "\""; }
  std::string media_type() const { return media_type::detect(first_); }

 private:
  const Bucket& bucket_;
  const blob_store::Source& source_;
  virus_scan::Scan& scan_;
  crypto::Sha256 digest_;
  std::string first_;
  std::uint64_t size_ = 0;
};

}  // namespace

std::string new_blob_key() {
  auto key = crypto::random_hex(kKeyBytes);
  key.insert(2, "/");
  return key;
}

Result<void> check_size(const Bucket& bucket, std::uint64_t size) {
  if (size > bucket.max_size) return too_big(bucket);
  if (size >= bucket.min_size) return {};
  return fail(ErrorName::kValidationFailed,
              fmt::format("file too small: the bucket '{}' takes at least {} bytes", bucket.id, bucket.min_size));
}

Result<Bucket> FileStore::bucket(Context& context, const std::string& id) const {
  return pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) -> Result<Bucket> {
    BUSFLOW_TRY(auto found, find_bucket(transaction, id));
    if (!found) return fail(ErrorName::kNotFound, "bucket not found");
    return *std::move(found);
  });
}

/// It is kept in mind for whoever looks after it, whatever becomes of the upload.
Result<void> FileStore::refuse_virus(Context& context, const std::string& name, const std::string& virus) const {
  BUSFLOW_CHECK(pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) {
    return record_virus(transaction, context.identifiers.next().to_string(), context.session, safe_name(name), virus,
                        context.clock.now());
  }));
  return fail(ErrorName::kPermissionDenied, fmt::format("virus found: {}", virus));
}

Result<FileStore::Written> FileStore::write(Context& context, const Bucket& bucket, const std::string& name,
                                            std::string_view mime_type, const std::string& key,
                                            const blob_store::Source& source) const {
  Written written{.key = key};
  BUSFLOW_TRY(const auto scan, scanner_.begin(context));
  Inspector inspector(bucket, source, *scan);
  auto put = store_.put(context, written.key, [&inspector] { return inspector.next(); });
  if (put) put = check_size(bucket, inspector.size());
  if (put) {
    const auto virus = scan->finish();
    if (!virus) put = std::unexpected(virus.error());
    if (virus && !virus->empty()) put = refuse_virus(context, name, *virus);
  }
  if (!put) {
    BUSFLOW_CHECK(discard(context, written.key));
    return std::unexpected(put.error());
  }
  written.size = inspector.size();
  written.etag = inspector.etag();
  const bool is_known = !mime_type.empty() && mime_type != media_type::kUnknown;
  written.mime_type = is_known ? std::string(mime_type) : inspector.media_type();
  return written;
}

Result<void> FileStore::discard(Context& context, const std::string& key) const {
  BUSFLOW_CHECK(pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) {
    return discard_blob(transaction, key, context.clock.now());
  }));
  return sweep(context);
}

Result<File> FileStore::upload(Context& context, const std::string& bucket_id, const NewFile& about,
                               const blob_store::Source& source, const Beside& beside) const {
  if (!may_upload(context.session)) return not_allowed();
  const auto key = new_blob_key();
  BUSFLOW_TRY(const auto into,
              pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) -> Result<Bucket> {
                BUSFLOW_TRY(auto found, find_bucket(transaction, bucket_id));
                if (!found) return fail(ErrorName::kNotFound, "bucket not found");
                BUSFLOW_CHECK(announce_blob(transaction, key, context.clock.now()));
                return *std::move(found);
              }));
  BUSFLOW_TRY(auto written, write(context, into, about.name, about.mime_type, key, source));
  File file{.id = about.id ? *about.id : context.identifiers.next().to_string(),
            .tenant_id = std::string(context.session.tenant_id()),
            .bucket_id = into.id,
            .name = safe_name(about.name),
            .size = written.size,
            .mime_type = std::move(written.mime_type),
            .etag = std::move(written.etag),
            .blob_key = written.key,
            .uploaded_by_user_id = std::string(context.session.user_id()),
            .metadata = about.metadata,
            .created_at = context.clock.now(),
            .updated_at = context.clock.now()};
  const auto kept = pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_CHECK(use_blob(transaction, written.key, context.clock.now()));
    BUSFLOW_TRY(const bool is_new, insert_file(transaction, file));
    if (!is_new) return fail(ErrorName::kConflict, "there is a file of this id already", "$.metadata.id");
    return beside ? beside(transaction) : Result<void>();
  });
  if (!kept) {
    BUSFLOW_CHECK(discard(context, written.key));
    return std::unexpected(kept.error());
  }
  BUSFLOW_CHECK(sweep_now_and_then(context));
  return file;
}

Result<File> FileStore::replace(Context& context, const std::string& id, const std::optional<NewFile>& about,
                                std::string_view mime_type, const blob_store::Source& source) const {
  BUSFLOW_TRY(const auto before, find(context, id));
  if (!may_change(context.session, before.file)) return not_allowed();
  const auto key = new_blob_key();
  BUSFLOW_CHECK(pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) {
    return announce_blob(transaction, key, context.clock.now());
  }));
  BUSFLOW_TRY(const auto written, write(context, before.bucket, before.file.name, mime_type, key, source));
  const auto kept = pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) -> Result<File> {
    BUSFLOW_TRY(auto file, find_file(transaction, id, true));
    if (!file) return not_there();
    BUSFLOW_CHECK(discard_blob(transaction, file->blob_key, context.clock.now()));
    BUSFLOW_CHECK(use_blob(transaction, written.key, context.clock.now()));
    file->size = written.size;
    file->mime_type = written.mime_type;
    file->etag = written.etag;
    file->blob_key = written.key;
    file->updated_at = context.clock.now();
    if (about && !about->name.empty()) file->name = safe_name(about->name);
    if (about) file->metadata = about->metadata;
    BUSFLOW_CHECK(update_file(transaction, *file));
    return *std::move(file);
  });
  if (!kept) {
    BUSFLOW_CHECK(discard(context, written.key));
    return std::unexpected(kept.error());
  }
  BUSFLOW_CHECK(sweep(context));
  return *kept;
}

Result<void> FileStore::remove(Context& context, const std::string& id) const {
  BUSFLOW_TRY(const auto found, find(context, id));
  if (!may_change(context.session, found.file)) return not_allowed();
  BUSFLOW_CHECK(pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto file, find_file(transaction, id, true));
    if (!file) return not_there();
    BUSFLOW_CHECK(delete_file(transaction, id));
    return discard_blob(transaction, file->blob_key, context.clock.now());
  }));
  return sweep(context);
}

Result<FileStore::Found> FileStore::find(Context& context, const std::string& id) const {
  BUSFLOW_TRY(auto found, look_up(context, id));
  if (!may_read(context.session, found.file)) return not_there();
  return found;
}

Result<FileStore::Found> FileStore::find_signed(Context& context, const std::string& id) const {
  Context with_address = context;
  with_address.session = Session(std::string(kSignedRole), {});
  return look_up(with_address, id);
}

Result<FileStore::Found> FileStore::look_up(Context& context, const std::string& id) const {
  if (!Uuid::parse(id)) return not_there();
  return pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) -> Result<Found> {
    BUSFLOW_TRY(auto file, find_file(transaction, id));
    if (!file) return not_there();
    BUSFLOW_TRY(auto bucket, find_bucket(transaction, file->bucket_id));
    if (!bucket) return fail(ErrorName::kInternal, "a file's bucket is missing");
    return Found{*std::move(file), *std::move(bucket)};
  });
}

Result<void> FileStore::read(Context& context, const File& file, std::uint64_t first, std::uint64_t length,
                             const blob_store::Sink& sink) const {
  return store_.get(context, file.blob_key, first, length, sink);
}

Result<void> FileStore::sweep_now_and_then(Context& context) const {
  const auto now = context.clock.now();
  auto last = last_sweep_->load();
  const bool is_due = now >= last + kSweepPause && last_sweep_->compare_exchange_strong(last, now);
  return is_due ? sweep(context) : Result<void>();
}

Result<void> FileStore::sweep(Context& context) const {
  return pool_.transact(context, kAsFiles, [&](postgres::Transaction& transaction) -> Result<void> {
    BUSFLOW_TRY(const auto keys, lock_garbage(transaction, context.clock.now() - kLongestUpload, kSweptAtOnce));
    for (const auto& key : keys) {
      // What the store cannot remove now stays on the list.
      if (store_.remove(context, key)) BUSFLOW_CHECK(forget_blob(transaction, key));
    }
    return {};
  });
}

}  // namespace busflow::files
