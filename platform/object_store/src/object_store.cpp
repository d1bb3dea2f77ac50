#include <platform/object_store/object_store.hpp>

#include <algorithm>
#include <sstream>
#include <utility>

#include <date/date.h>
#include <fmt/format.h>

#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>
#include <platform/process/output.hpp>

namespace busflow::object_store {
namespace {

/// rclone.conf is one line a setting: a line end would begin another one.
bool is_one_line(std::string_view text) { return text.find_first_of("\r\n") == std::string_view::npos; }

Result<void> check(const Remote& remote) {
  const std::pair<std::string_view, const std::string&> needed[] = {{"endpoint", remote.endpoint},
                                                                    {"bucket", remote.bucket},
                                                                    {"access key", remote.access_key},
                                                                    {"secret key", remote.secret_key}};
  for (const auto& [what, value] : needed) {
    if (value.empty()) return fail(ErrorName::kInvalidSetting, fmt::format("{} has no {}", remote.name, what));
    if (!is_one_line(value))
      return fail(ErrorName::kInvalidSetting, fmt::format("the {} of {} is not one line", what, remote.name));
  }
  if (!remote.endpoint.starts_with("https://"))
    return fail(ErrorName::kAddressNotAllowed,
                fmt::format("the endpoint of {} is {}, but must begin with https://", remote.name, remote.endpoint));
  return {};
}

std::string settings_text(const Remote& remote) {
  return fmt::format(
      "[remote]\ntype = s3\nprovider = {}\nendpoint = {}\nregion = {}\naccess_key_id = {}\nsecret_access_key = {}\n"
      "no_check_bucket = true\ndirectory_markers = false\n",
      remote.provider, remote.endpoint, remote.region, remote.access_key, remote.secret_key);
}

std::string milliseconds(std::chrono::milliseconds time) { return fmt::format("{}ms", time.count()); }

Result<ObjectInfo> read_entry(const json::Value& entry, std::string_view prefix) {
  BUSFLOW_TRY(const auto fields, json::Reader::from(entry));
  BUSFLOW_TRY(const auto path, fields.text("Path"));
  BUSFLOW_TRY(const auto bytes, fields.integer("Size"));
  BUSFLOW_TRY(const auto modified, fields.text("ModTime"));
  std::istringstream input(modified);
  std::chrono::sys_time<std::chrono::milliseconds> time;
  if (!(input >> date::parse("%FT%T", time)))
    return fail(ErrorName::kUpstreamInvalid, "rclone lists the time " + modified);
  return ObjectInfo{.key = std::string(prefix) + path,
                    .bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0)),
                    .modified = time};
}

}  // namespace

Result<ObjectStore> ObjectStore::open(Remote remote, Options options) {
  BUSFLOW_CHECK(check(remote));
  BUSFLOW_TRY(auto settings, process::make_secret_file(settings_text(remote)));
  return ObjectStore(std::move(remote), std::move(options), std::move(settings));
}

std::string ObjectStore::describe() const {
  return fmt::format("{} ({}/{})", remote_.name, remote_.endpoint, remote_.bucket);
}

std::string ObjectStore::path(std::string_view key) const { return fmt::format("remote:{}/{}", remote_.bucket, key); }

process::Command ObjectStore::command(std::vector<std::string> arguments) const {
  std::vector<std::string> all{"--config",
                               fmt::format("/proc/self/fd/{}", settings_->get()),
                               "--timeout",
                               milliseconds(options_.idle_timeout),
                               "--contimeout",
                               milliseconds(options_.connect_timeout),
                               "--low-level-retries",
                               std::to_string(options_.low_level_retries),
                               "--retries",
                               "1",
                               "--s3-chunk-size",
                               options_.chunk_size,
                               "--no-check-certificate=false"};
  if (!remote_.ca_file.empty()) all.insert(all.end(), {"--ca-cert", remote_.ca_file});
  all.insert(all.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  // Nothing of the caller's environment may change what the flags above promise.
  return {.program = options_.rclone,
          .arguments = std::move(all),
          .environment = {{"RCLONE_NO_CHECK_CERTIFICATE", "false"}, {"RCLONE_CONFIG_REMOTE_TYPE", "s3"}},
          .inherited = {settings_->get()}};
}

process::Command ObjectStore::download(std::string_view key) const { return command({"cat", path(key)}); }

process::Command ObjectStore::upload(std::string_view key) const { return command({"rcat", path(key)}); }

Error ObjectStore::failure(std::string_view errors) const { return classify_failure(errors, describe()); }

Result<std::string> ObjectStore::run(const Context& context, std::vector<std::string> arguments,
                                     std::string_view input) const {
  BUSFLOW_TRY(auto done, process::capture(context, command(std::move(arguments)), input));
  if (!done.exit.is_success()) return std::unexpected(failure(done.errors));
  return std::move(done.output);
}

/// A gateway on a file system says that there is no bucket when a folder in it goes away while it lists it, as that of
/// a lock does that is given back. So it has to say so twice.
Result<void> ObjectStore::look_for_bucket(const Context& context) const {
  for (int attempt = 0;; ++attempt) {
    const auto root = run(context, {"lsjson", "--max-depth", "1", path("")});
    if (root) return {};
    if (root.error().name != ErrorName::kNotFound || attempt == 1) return std::unexpected(root.error());
  }
}

Result<std::vector<ObjectInfo>> ObjectStore::list(const Context& context, std::string_view prefix) const {
  auto listed =
      run(context, {"lsjson", "--recursive", "--files-only", "--no-mimetype", "--use-server-modtime", path(prefix)});
  // To rclone a folder without objects and a bucket that is not there are the same; only the bucket is our affair.
  if (!listed && listed.error().name == ErrorName::kNotFound && !prefix.empty()) {
    BUSFLOW_CHECK(look_for_bucket(context));
    return std::vector<ObjectInfo>();
  }
  if (!listed) return std::unexpected(listed.error());
  BUSFLOW_TRY(const auto entries, json::parse(*listed));
  if (!entries.is_array()) return fail(ErrorName::kUpstreamInvalid, "rclone's listing is no JSON list");
  std::vector<ObjectInfo> objects;
  for (const auto& entry : entries.get_array()) {
    BUSFLOW_TRY(auto object, read_entry(entry, prefix));
    objects.push_back(std::move(object));
  }
  std::ranges::sort(objects, {}, &ObjectInfo::key);
  return objects;
}

Result<std::string> ObjectStore::read(const Context& context, std::string_view key) const {
  return run(context, {"cat", path(key)});
}

Result<void> ObjectStore::write(const Context& context, std::string_view key, std::string_view bytes) const {
  BUSFLOW_TRY(const auto output, run(context, {"rcat", path(key)}, bytes));
  static_cast<void>(output);
  return {};
}

Result<void> ObjectStore::remove(const Context& context, std::string_view key) const {
  BUSFLOW_TRY(const auto output, run(context, {"deletefile", path(key)}));
  static_cast<void>(output);
  return {};
}

Result<void> ObjectStore::move(const Context& context, std::string_view from, std::string_view to) const {
  auto moved = run(context, {"moveto", path(from), path(to)});
  if (!moved) moved = run(context, {"moveto", "--disable", "copy", path(from), path(to)});
  if (!moved) return std::unexpected(moved.error());
  return {};
}

}  // namespace busflow::object_store
