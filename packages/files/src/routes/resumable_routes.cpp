#include <charconv>
#include <optional>

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/crypto/base64.hpp>
#include <platform/http_semantics/date.hpp>

#include "routes/answer.hpp"
#include "routes/routes.hpp"

/// The tus resumable upload protocol 1.0.0, with the extensions creation, expiration and termination
/// (https://tus.io/protocols/resumable-upload).
namespace busflow::files {
namespace {

using application::RouteRequest;
using application::RouteResponse;
using application::Transfer;

constexpr std::string_view kVersion = "1.0.0";
constexpr std::string_view kPath = "/v1/storage/resumable";
constexpr std::string_view kOne = "/v1/storage/resumable/{id}";
constexpr std::string_view kPieceType = "application/offset+octet-stream";

RouteResponse with_version(RouteResponse response) {
  response.headers.emplace_back("tus-resumable", kVersion);
  response.headers.emplace_back("cache-control", "no-store");
  return response;
}

RouteResponse progress(const Upload& upload, std::uint16_t status) {
  return {.status = status,
          .body = {},
          .headers = {{"upload-offset", std::to_string(upload.received)},
                      {"upload-length", std::to_string(upload.length)},
                      {"upload-expires", http_semantics::format_date(upload.expires_at)}}};
}

Result<std::uint64_t> read_count(const RouteRequest& request, std::string_view header) {
  const auto text = request.header(header).value_or("");
  std::uint64_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem != std::errc() || end != text.data() + text.size())
    return fail(ErrorName::kValidationFailed, fmt::format("the header {} has no number of bytes", header));
  return count;
}

struct Announcement {
  std::string bucket_id = "default";
  NewFile about;
};

/// "filename d29ybGQ=,filetype …": names with values in base64. `id` and `metadata` (JSON) are as in Nhost's forms.
Result<Announcement> read_announcement(std::string_view header) {
  Announcement read;
  for (const auto pair : split_list(header)) {
    const auto name = pair.substr(0, pair.find(' '));
    const auto value = crypto::decode_base64(name.size() == pair.size() ? "" : pair.substr(name.size() + 1));
    if (!value) return fail(ErrorName::kValidationFailed, fmt::format("Upload-Metadata: '{}' is no base64", name));
    if (name == "filename" || name == "name") read.about.name = *value;
    if (name == "filetype") read.about.mime_type = *value;
    if (name == "bucket-id" || name == "bucketId") read.bucket_id = *value;
    if (name == "id") {
      const auto id = Uuid::parse(*value);
      if (!id) return fail(ErrorName::kValidationFailed, "Upload-Metadata: 'id' is no UUID");
      read.about.id = id->to_string();
    }
    if (name == "metadata") {
      BUSFLOW_TRY(const auto metadata, json::parse(*value));
      if (!metadata.is_object()) return fail(ErrorName::kValidationFailed, "Upload-Metadata: 'metadata' is no object");
      read.about.metadata = json::serialize(metadata);
    }
  }
  return read;
}

Result<RouteResponse> begin(const Services& services, const Context& context, const RouteRequest& request) {
  BUSFLOW_TRY(auto as, as_user(services, context, request));
  BUSFLOW_TRY(const auto length, read_count(request, "upload-length"));
  BUSFLOW_TRY(const auto read, read_announcement(request.header("upload-metadata").value_or("")));
  BUSFLOW_TRY(const auto upload, services.resumable.begin(as, read.bucket_id, read.about, length));
  auto response = progress(upload, 201);
  response.headers.emplace_back("location", fmt::format("{}/resumable/{}", services.server_url, upload.id));
  return response;
}

Result<RouteResponse> look(const Services& services, const Context& context, const RouteRequest& request) {
  BUSFLOW_TRY(auto as, as_user(services, context, request));
  BUSFLOW_TRY(const auto upload, services.resumable.find(as, request.path_parameters.at("id")));
  return progress(upload, 200);
}

Result<RouteResponse> give_up(const Services& services, const Context& context, const RouteRequest& request) {
  BUSFLOW_TRY(auto as, as_user(services, context, request));
  BUSFLOW_CHECK(services.resumable.give_up(as, request.path_parameters.at("id")));
  return RouteResponse{.status = 204, .body = {}, .headers = {}};
}

Result<RouteResponse> append(const Services& services, const Context& context, Transfer& transfer) {
  const auto& request = transfer.request();
  BUSFLOW_TRY(auto as, as_user(services, context, request));
  if (request.header("content-type").value_or("") != kPieceType)
    return fail(ErrorName::kUnsupportedMediaType, fmt::format("send 'Content-Type: {}'", kPieceType));
  BUSFLOW_TRY(const auto from, read_count(request, "upload-offset"));
  BUSFLOW_TRY(const auto upload, services.resumable.append(as, request.path_parameters.at("id"), from,
                                                           [&transfer] { return transfer.read(); }));
  return progress(upload, 204);
}

/// Answers in the protocol's version, and refuses others.
template <class Work>
Result<RouteResponse> speak(const RouteRequest& request, Work work) {
  if (request.header("tus-resumable").value_or("") != kVersion) {
    auto refusal = to_response(
        Error{.name = ErrorName::kBadRequest, .detail = fmt::format("this speaks Tus-Resumable {} only", kVersion)});
    refusal.status = 412;
    refusal.headers.emplace_back("tus-version", kVersion);
    return with_version(std::move(refusal));
  }
  BUSFLOW_TRY(auto response, answered(work()));
  return with_version(std::move(response));
}

using Work = Result<RouteResponse> (*)(const Services&, const Context&, const RouteRequest&);

application::Route route(const std::shared_ptr<const Services>& services, std::string method, std::string_view path,
                         Work work) {
  return {std::move(method), std::string(path),
          [services, work](Context& context, const RouteRequest& request) -> Result<RouteResponse> {
            return speak(request, [&] { return work(*services, context, request); });
          }};
}

}  // namespace

std::vector<application::Route> resumable_routes(const std::shared_ptr<const Services>& services) {
  return {{"OPTIONS", std::string(kPath),
           [](Context&, const RouteRequest&) -> Result<RouteResponse> {
             return with_version({.status = 204,
                                  .body = {},
                                  .headers = {{"tus-version", std::string(kVersion)},
                                              {"tus-extension", "creation,expiration,termination"}}});
           }},
          route(services, "POST", kPath, begin),
          route(services, "GET", kOne, look),
          route(services, "DELETE", kOne, give_up)};
}

std::vector<application::TransferRoute> resumable_transfer_routes(const std::shared_ptr<const Services>& services) {
  return {{"PATCH", std::string(kOne), [services](Context& context, Transfer& transfer) -> Result<RouteResponse> {
             return speak(transfer.request(), [&] { return append(*services, context, transfer); });
           }}};
}

}  // namespace busflow::files
