#include "s3_upload.hpp"

#include <fmt/format.h>

namespace busflow::blob_store {

std::string element(std::string_view xml, std::string_view name) {
  const auto open = fmt::format("<{}>", name);
  const auto begin = xml.find(open);
  if (begin == std::string_view::npos) return {};
  const auto end = xml.find(fmt::format("</{}>", name), begin);
  if (end == std::string_view::npos) return {};
  return std::string(xml.substr(begin + open.size(), end - begin - open.size()));
}

Result<S3Upload> S3Upload::begin(Context& context, const S3Store& store, const std::string& key) {
  auto url = store.url(key);
  BUSFLOW_TRY(const auto answer, store.send(context, {.method = "POST", .url = url + "?uploads="}));
  const auto id = element(answer.body, "UploadId");
  if (id.empty()) return fail(ErrorName::kUpstreamInvalid, "the S3 server gave no UploadId");
  return S3Upload(store, std::move(url), http_client::percent_encode(id));
}

Result<std::string> S3Upload::send(Context& context, std::size_t number, std::string part) const {
  BUSFLOW_TRY(const auto answer,
              store_.send(context, {.method = "PUT",
                                    .url = fmt::format("{}?partNumber={}&uploadId={}", url_, number, id_),
                                    .body = std::move(part)}));
  const auto tag = answer.header("etag");
  if (!tag) return fail(ErrorName::kUpstreamInvalid, "the S3 server gave a part no ETag");
  return std::string(*tag);
}

Result<void> S3Upload::finish(Context& context, const std::vector<std::string>& entity_tags) {
  std::string body = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < entity_tags.size(); ++i)
    body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, entity_tags[i]);
  body += "</CompleteMultipartUpload>";
  BUSFLOW_TRY(const auto answer, store_.send(context, {.method = "POST",
                                                       .url = fmt::format("{}?uploadId={}", url_, id_),
                                                       .body = std::move(body)}));
  // The server may have begun its answer before it knew how it ends.
  const auto code = element(answer.body, "Code");
  if (!code.empty()) return fail(ErrorName::kUpstreamInvalid, fmt::format("the S3 server said {}", code));
  return {};
}

void S3Upload::give_up(Context& context) {
  static_cast<void>(store_.send(context, {.method = "DELETE", .url = fmt::format("{}?uploadId={}", url_, id_)}));
}

}  // namespace busflow::blob_store
