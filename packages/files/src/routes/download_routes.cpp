#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <platform/http_semantics/conditions.hpp>
#include <platform/http_semantics/date.hpp>
#include <platform/http_semantics/range.hpp>
#include <platform/media_type/media_type.hpp>

#include "routes/answer.hpp"
#include "routes/image_variant.hpp"
#include "routes/routes.hpp"

namespace busflow::files {
namespace {

using application::RouteRequest;
using application::RouteResponse;
using application::Transfer;
using http_semantics::ByteRange;

constexpr std::size_t kWrittenAtOnce = 64 << 10;  // Small enough for a processor's own cache.
constexpr std::uint64_t kLargestImage = 50 << 20;
constexpr std::chrono::seconds kWaitForPlace{10};

/// As RFC 8187 writes what is not plain ASCII.
std::string encoded(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~')
      text += c;
    else
      text += fmt::format("%{:02X}", byte);
  }
  return text;
}

/// What a browser would run as a page of ours is only ever saved.
std::string disposition(const File& file) {
  const auto name = encoded(file.name);
  return fmt::format("{}; filename=\"{}\"; filename*=UTF-8''{}",
                     media_type::is_active(file.mime_type) ? "attachment" : "inline", name, name);
}

std::vector<std::pair<std::string, std::string>> headers_of(const FileStore::Found& found, std::string cache_control) {
  return {{"etag", found.file.etag},
          {"last-modified", http_semantics::format_date(found.file.updated_at)},
          {"cache-control", cache_control},
          {"surrogate-key", found.file.id},
          {"surrogate-control", std::move(cache_control)},
          {"content-disposition", disposition(found.file)},
          {"content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"},
          {"accept-ranges", "bytes"}};
}

/// The part that is asked for; the whole when If-Range names another version.
http_semantics::RangeAnswer range_of(const RouteRequest& request, const FileStore::Found& found) {
  const auto if_range = request.header("if-range");
  if (if_range && *if_range != found.file.etag) return http_semantics::WholeBody{};
  return http_semantics::read_range(request.header("range").value_or(""), found.file.size);
}

Result<RouteResponse> send(const Services& services, Context& context, Transfer& transfer,
                           const FileStore::Found& found, RouteResponse head, const ByteRange& range) {
  head.content_type = found.file.mime_type;
  BUSFLOW_CHECK(transfer.begin(std::move(head), range.length));
  if (transfer.request().method == "HEAD") return RouteResponse();
  // A store may give its bytes in small pieces: they are gathered.
  std::string gathered;
  const auto flush = [&] {
    const auto written = transfer.write(gathered);
    gathered.clear();
    return written;
  };
  BUSFLOW_CHECK(
      services.files.read(context, found.file, range.first, range.length, [&](std::string_view bytes) -> Result<void> {
        gathered += bytes;
        return gathered.size() < kWrittenAtOnce ? Result<void>() : flush();
      }));
  if (!gathered.empty()) BUSFLOW_CHECK(flush());
  return RouteResponse();
}

/// Another form of an image: made anew each time, and short enough to be held.
Result<RouteResponse> send_variant(const Services& services, Context& context, Transfer& transfer, const File& file,
                                   const ImageVariant& variant, RouteResponse head) {
  if (file.size > kLargestImage)
    return fail(ErrorName::kPayloadTooLarge,
                fmt::format("images of more than {} bytes are not worked on", kLargestImage));
  if (!services.image_places->try_acquire_for(kWaitForPlace))
    return fail(ErrorName::kOverloaded, "too many images are being worked on");
  struct Place {
    ImagePlaces& places;
    ~Place() { places.release(); }
  } const place{*services.image_places};
  std::string bytes;
  bytes.reserve(file.size);
  BUSFLOW_CHECK(services.files.read(context, file, 0, file.size, [&bytes](std::string_view some) -> Result<void> {
    bytes += some;
    return {};
  }));
  BUSFLOW_TRY(const auto made, image::transform(context, bytes, variant.transform));
  head.content_type = image::media_type_of(variant.transform.format);
  BUSFLOW_CHECK(transfer.begin(std::move(head), made.size()));
  if (transfer.request().method != "HEAD") BUSFLOW_CHECK(transfer.write(made));
  return RouteResponse();
}

Result<RouteResponse> serve(const Services& services, Context& context, Transfer& transfer, FileStore::Found found,
                            std::string cache_control) {
  const auto& request = transfer.request();
  BUSFLOW_TRY(const auto variant, read_image_variant(request, found.file));
  if (variant) {
    found.file.etag = variant->etag;
    found.file.name = variant_name(found.file.name, variant->transform.format);
  }
  RouteResponse head{.status = 200, .body = {}, .headers = headers_of(found, std::move(cache_control))};
  if (variant && variant->depends_on_accept) head.headers.emplace_back("vary", "accept");
  const auto verdict = http_semantics::evaluate({.if_match = request.header("if-match"),
                                                 .if_none_match = request.header("if-none-match"),
                                                 .if_modified_since = request.header("if-modified-since"),
                                                 .if_unmodified_since = request.header("if-unmodified-since")},
                                                found.file.etag, found.file.updated_at);
  if (verdict != http_semantics::Verdict::kProceed) {
    head.status = verdict == http_semantics::Verdict::kNotModified ? 304 : 412;
    return head;
  }
  if (variant) {
    std::erase_if(head.headers, [](const auto& header) { return header.first == "accept-ranges"; });
    return send_variant(services, context, transfer, found.file, *variant, std::move(head));
  }
  const auto range = range_of(request, found);
  if (std::holds_alternative<http_semantics::Unsatisfiable>(range)) {
    head.status = 416;
    head.headers.emplace_back("content-range", fmt::format("bytes */{}", found.file.size));
    return head;
  }
  if (const auto* part = std::get_if<ByteRange>(&range)) {
    head.status = 206;
    head.headers.emplace_back("content-range", http_semantics::content_range(*part, found.file.size));
    return send(services, context, transfer, found, std::move(head), *part);
  }
  return send(services, context, transfer, found, std::move(head), {0, found.file.size});
}

Result<RouteResponse> download(const Services& services, const Context& context, Transfer& transfer) {
  BUSFLOW_TRY(auto as, as_user(services, context, transfer.request()));
  BUSFLOW_TRY(const auto found, services.files.find(as, transfer.request().path_parameters.at("id")));
  // What needs a token is for its holder: no cache in between may give it to others.
  return serve(services, as, transfer, found, "private, " + found.bucket.cache_control);
}

Result<RouteResponse> download_signed(const Services& services, const Context& context, Transfer& transfer) {
  const auto& id = transfer.request().path_parameters.at("id");
  BUSFLOW_CHECK(services.addresses.check(id, transfer.request().query, context.clock.now()));
  Context looking = context;
  BUSFLOW_TRY(const auto found, services.files.find_signed(looking, id));
  return serve(services, looking, transfer, found, found.bucket.cache_control);
}

using Work = Result<RouteResponse> (*)(const Services&, const Context&, Transfer&);

application::TransferRoute route(const std::shared_ptr<const Services>& services, std::string path, Work work) {
  return {"GET", std::move(path), [services, work](Context& context, Transfer& transfer) -> Result<RouteResponse> {
            return answered(work(*services, context, transfer));
          }};
}

}  // namespace

std::vector<application::TransferRoute> download_routes(const std::shared_ptr<const Services>& services) {
  return {route(services, "/v1/storage/files/{id}", download),
          route(services, "/v1/storage/files/{id}/presignedurl/contents", download_signed)};
}

}  // namespace busflow::files
