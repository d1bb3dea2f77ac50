#include <platform/blob_store/s3_store.hpp>

#include <algorithm>
#include <deque>
#include <future>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "s3_upload.hpp"

namespace busflow::blob_store {
namespace {

constexpr std::size_t kPartBytes = 8 << 20;  // S3 takes at least 5 MiB, and at most 10,000 parts: 78 GiB.
constexpr std::size_t kPartsAtOnce = 2;
constexpr std::size_t kPartRoom = kPartBytes + (1 << 20);  // With the piece that goes beyond it.

/// Gathers pieces until there is a part's worth. True when the source has ended.
Result<bool> gather(const Source& source, std::string& part) {
  while (part.size() < kPartBytes) {
    BUSFLOW_TRY(const auto piece, source());
    if (piece.empty()) return true;
    // A small file's first piece is all of it; a large one's part does not grow step by step.
    if (!part.empty()) part.reserve(kPartRoom);
    part += piece;
  }
  return false;
}

/// Takes one part's worth off the front.
std::string take_part(std::string& gathered) {
  std::string rest = gathered.size() > kPartBytes ? gathered.substr(kPartBytes) : std::string();
  gathered.resize(std::min(gathered.size(), kPartBytes));
  return std::exchange(gathered, std::move(rest));
}

/// Parts on their way, a few at a time: while the server is done with one, it gets the next.
class PartsUnderWay {
 public:
  explicit PartsUnderWay(const S3Upload& upload) : upload_(upload) {}

  /// Waits until there is room.
  Result<void> send(const Context& context, std::string part) {
    while (sending_.size() >= kPartsAtOnce) BUSFLOW_CHECK(take_first());
    sending_.push_back(
        std::async(std::launch::async, [this, here = context, number = ++last_, part = std::move(part)]() mutable {
          return upload_.send(here, number, std::move(part));
        }));
    return {};
  }

  /// Waits for all. Their entity tags.
  Result<std::vector<std::string>> finish() {
    while (!sending_.empty()) BUSFLOW_CHECK(take_first());
    return std::move(entity_tags_);
  }

 private:
  Result<void> take_first() {
    auto sent = sending_.front().get();
    sending_.pop_front();
    if (!sent) return std::unexpected(sent.error());
    entity_tags_.push_back(*std::move(sent));
    return {};
  }

  const S3Upload& upload_;
  std::size_t last_ = 0;
  std::vector<std::string> entity_tags_;
  std::deque<std::future<Result<std::string>>> sending_;  ///< Last: it waits for those that are under way.
};

/// Parts are on their way while the next one is gathered: neither side waits for the other.
Result<void> upload_parts(Context& context, S3Upload& upload, const Source& source, std::string gathered) {
  PartsUnderWay parts(upload);
  for (bool is_over = false; !is_over || !gathered.empty();) {
    if (!gathered.empty()) BUSFLOW_CHECK(parts.send(context, take_part(gathered)));
    if (!is_over) {
      BUSFLOW_TRY(is_over, gather(source, gathered));
    }
  }
  BUSFLOW_TRY(const auto entity_tags, parts.finish());
  return upload.finish(context, entity_tags);
}

}  // namespace

S3Store::S3Store(S3Options options)
    : options_(std::move(options)),
      client_({.ca_file = options_.ca_file, .allow_plain_http = options_.allow_plain_http}) {}

std::string S3Store::url(const std::string& key) const {
  if (options_.is_path_style) return fmt::format("{}/{}/{}", options_.endpoint, options_.bucket, key);
  const auto host = options_.endpoint.find("://") + 3;
  return fmt::format("{}{}.{}/{}", options_.endpoint.substr(0, host), options_.bucket, options_.endpoint.substr(host),
                     key);
}

Result<http_client::Response> S3Store::send(Context& context, http_client::Request request) const {
  request.timeout = std::chrono::milliseconds(0);
  BUSFLOW_CHECK(http_client::sign(request, options_.credentials, http_client::kUnsignedPayload, context.clock.now()));
  BUSFLOW_TRY(auto answer, client_.send(context, request));
  if (answer.is_success()) return answer;
  const auto code = element(answer.body, "Code");
  const auto detail = fmt::format("the S3 server answered {} {}", answer.status, code);
  if (answer.status == 404) return fail(ErrorName::kNotFound, detail);
  return fail(answer.status >= 500 ? ErrorName::kUpstreamUnavailable : ErrorName::kUpstreamInvalid, detail);
}

Result<void> S3Store::put(Context& context, const std::string& key, const Source& source) {
  std::string part;
  BUSFLOW_TRY(const bool is_whole, gather(source, part));
  if (is_whole && part.size() <= kPartBytes) {
    BUSFLOW_CHECK(send(context, {.method = "PUT", .url = url(key), .body = std::move(part)}));
    return {};
  }
  BUSFLOW_TRY(auto parts, S3Upload::begin(context, *this, key));
  auto uploaded = upload_parts(context, parts, source, std::move(part));
  if (!uploaded) parts.give_up(context);
  return uploaded;
}

Result<void> S3Store::get(Context& context, const std::string& key, std::uint64_t first, std::uint64_t length,
                          const Sink& sink) {
  if (length == 0) return {};
  std::uint64_t got = 0;
  BUSFLOW_CHECK(send(context, {.url = url(key),
                               .headers = {{"range", fmt::format("bytes={}-{}", first, first + length - 1)}},
                               .body_sink = [&](std::string_view bytes) {
                                 got += bytes.size();
                                 return sink(bytes);
                               }}));
  if (got != length)
    return fail(ErrorName::kUpstreamInvalid, fmt::format("{} of {} bytes came from the S3 server", got, length));
  return {};
}

Result<void> S3Store::remove(Context& context, const std::string& key) {
  auto removed = send(context, {.method = "DELETE", .url = url(key)});
  if (!removed && removed.error().name != ErrorName::kNotFound) return std::unexpected(removed.error());
  return {};
}

}  // namespace busflow::blob_store
