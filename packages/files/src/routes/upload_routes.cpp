#include <deque>
#include <utility>

#include <fmt/format.h>

#include <platform/json/reader.hpp>
#include <platform/multipart/multipart.hpp>

#include "routes/answer.hpp"
#include "routes/routes.hpp"

namespace busflow::files {
namespace {

using application::RouteResponse;
using application::Transfer;

constexpr std::size_t kLongestField = 64 << 10;

Result<NewFile> read_metadata(const std::string& text) {
  BUSFLOW_TRY(const auto value, json::parse(text));
  BUSFLOW_TRY(const auto reader, json::Reader::from(value, "$.metadata"));
  NewFile about;
  BUSFLOW_TRY(const auto id, reader.optional_uuid("id"));
  BUSFLOW_TRY(const auto name, reader.optional_text("name"));
  BUSFLOW_TRY(const auto metadata, reader.optional_object("metadata"));
  if (id) about.id = id->to_string();
  about.name = name.value_or("");
  if (metadata) about.metadata = json::serialize(metadata->fields());
  return about;
}

/// One form that is being read, and what came of it so far.
class Upload {
 public:
  Upload(const Services& services, Context context, Transfer& transfer, std::string_view boundary)
      : services_(services), context_(std::move(context)), form_(boundary, [&transfer] { return transfer.read(); }) {}

  Result<void> run() {
    for (;;) {
      BUSFLOW_TRY(const auto part, form_.next());
      if (!part) break;
      BUSFLOW_CHECK(take(*part));
    }
    if (files_.empty()) return fail(ErrorName::kValidationFailed, "the form has no file[]");
    return {};
  }
  const json::Array& files() const { return files_; }

 private:
  Result<void> take(const multipart::Part& part) {
    if (part.name == "bucket-id") {
      BUSFLOW_TRY(bucket_, form_.read_all(kLongestField));
      return {};
    }
    if (part.name == "metadata[]") {
      BUSFLOW_TRY(const auto text, form_.read_all(kLongestField));
      BUSFLOW_TRY(auto about, read_metadata(text));
      announced_.push_back(std::move(about));
      return {};
    }
    return part.name == "file[]" ? store(part) : Result<void>();
  }

  /// The announcements come in the order of the files, before them.
  Result<void> store(const multipart::Part& part) {
    NewFile about;
    if (!announced_.empty()) {
      about = std::move(announced_.front());
      announced_.pop_front();
    }
    if (about.name.empty()) about.name = part.file_name.value_or("");
    about.mime_type = part.content_type;
    BUSFLOW_TRY(const auto file, services_.files.upload(context_, bucket_, about, [this] { return form_.read(); }));
    files_.emplace_back(to_object(file));
    return {};
  }

  const Services& services_;
  Context context_;
  multipart::Reader form_;
  std::string bucket_ = "default";
  std::deque<NewFile> announced_;
  json::Array files_;
};

Result<RouteResponse> upload(const Services& services, const Context& context, Transfer& transfer) {
  BUSFLOW_TRY(auto as, as_caller(services, context, transfer.request()));
  if (!may_upload(as.session)) return fail(ErrorName::kPermissionDenied, "you are not authorized");
  BUSFLOW_TRY(const auto boundary, multipart::boundary_of(transfer.request().header("content-type").value_or("")));
  Upload upload(services, std::move(as), transfer, boundary);
  const auto done = upload.run();
  if (done) return json_response({{"processedFiles", upload.files()}}, 201);
  if (done.error().name == ErrorName::kInternal) return std::unexpected(done.error());
  // What went well before it is there, and is said.
  return json_response(
      {{"processedFiles", upload.files()}, {"error", json::Object{{"message", done.error().message()}}}},
      status_of(done.error()));
}

Result<RouteResponse> replace(const Services& services, const Context& context, Transfer& transfer) {
  BUSFLOW_TRY(auto as, as_caller(services, context, transfer.request()));
  BUSFLOW_TRY(const auto boundary, multipart::boundary_of(transfer.request().header("content-type").value_or("")));
  multipart::Reader form(boundary, [&transfer] { return transfer.read(); });
  std::optional<NewFile> about;
  for (;;) {
    BUSFLOW_TRY(const auto part, form.next());
    if (!part) return fail(ErrorName::kValidationFailed, "the form has no file");
    if (part->name == "metadata") {
      BUSFLOW_TRY(const auto text, form.read_all(kLongestField));
      BUSFLOW_TRY(about, read_metadata(text));
    } else if (part->name == "file") {
      BUSFLOW_TRY(const auto file, services.files.replace(as, transfer.request().path_parameters.at("id"), about,
                                                          part->content_type, [&form] { return form.read(); }));
      return json_response(to_object(file));
    }
  }
}

using Work = Result<RouteResponse> (*)(const Services&, const Context&, Transfer&);

application::TransferRoute route(const std::shared_ptr<const Services>& services, std::string method, std::string path,
                                 Work work) {
  return {std::move(method), std::move(path),
          [services, work](Context& context, Transfer& transfer) -> Result<RouteResponse> {
            return answered(work(*services, context, transfer));
          }};
}

}  // namespace

std::vector<application::TransferRoute> upload_routes(const std::shared_ptr<const Services>& services) {
  return {route(services, "POST", "/v1/storage/files", upload),
          route(services, "PUT", "/v1/storage/files/{id}", replace)};
}

}  // namespace busflow::files
