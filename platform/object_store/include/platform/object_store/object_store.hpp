#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/process/command.hpp>
#include <platform/process/descriptor.hpp>

namespace busflow::object_store {

/// A bucket of a server that speaks S3, and how to reach it.
struct Remote {
  std::string name;      ///< "hetzner-s3", for people.
  std::string endpoint;  ///< "https://fsn1.your-objectstorage.com".
  std::string bucket;
  std::string region = "us-east-1";
  std::string provider = "Other";  ///< rclone's name for it, which knows its gaps: Minio, Hetzner, Other.
  std::string access_key{};
  std::string secret_key{};
  std::string ca_file{};  ///< PEM file of trusted certificates; empty: the system's.
};

struct Options {
  std::string rclone = "rclone";
  std::chrono::milliseconds idle_timeout{
      std::chrono::minutes(15)};  ///< A connection on which nothing moves so long is given up.
  std::chrono::milliseconds connect_timeout{std::chrono::seconds(30)};
  int low_level_retries = 3;
  std::string chunk_size = "16M";  ///< Of uploads whose size is not known: 10,000 of them are the largest object.
};

struct ObjectInfo {
  std::string key;
  std::uint64_t bytes = 0;
  WallTime modified{};
};

/// The objects of a bucket, by rclone as child processes. Credentials reach rclone in a file that exists in memory
/// only. Certificates are always verified, and http:// is refused. Thread-safe.
///
/// Errors: kNotFound: no such object or bucket; kInvalidCredentials and kPermissionDenied: what the server said to our
/// key; kUpstreamUntrusted: its certificate; kUpstreamUnavailable: no connection, or it broke; kDeadlineExceeded and
/// kCancelled as the context; kUpstreamInvalid: anything else that rclone reports.
class ObjectStore {
 public:
  /// kInvalidSetting names the part of the remote that is missing; kAddressNotAllowed: not https.
  static Result<ObjectStore> open(Remote remote, Options options);

  /// "hetzner-s3 (https://…/bucket)".
  std::string describe() const;
  const Remote& remote() const { return remote_; }

  /// Everything under the prefix, which ends in "/" or is empty, ordered by key. A prefix that has nothing is empty;
  /// a bucket that is not there is kNotFound.
  Result<std::vector<ObjectInfo>> list(const Context& context, std::string_view prefix) const;
  /// The whole object; at most 64 MiB.
  Result<std::string> read(const Context& context, std::string_view key) const;
  Result<void> write(const Context& context, std::string_view key, std::string_view bytes) const;
  Result<void> remove(const Context& context, std::string_view key) const;
  /// In the server where it can (CopyObject), through us where it cannot.
  Result<void> move(const Context& context, std::string_view from, std::string_view to) const;

  /// For pipelines: writes the object's bytes to its standard output.
  process::Command download(std::string_view key) const;
  /// For pipelines: stores its standard input. Kill it before closing its input, or what came so far becomes the
  /// object.
  process::Command upload(std::string_view key) const;
  /// The error behind rclone's last words.
  Error failure(std::string_view errors) const;

 private:
  ObjectStore(Remote remote, Options options, process::Descriptor settings)
      : remote_(std::move(remote)),
        options_(std::move(options)),
        settings_(std::make_shared<process::Descriptor>(std::move(settings))) {}
  process::Command command(std::vector<std::string> arguments) const;
  std::string path(std::string_view key) const;
  Result<void> look_for_bucket(const Context& context) const;
  Result<std::string> run(const Context& context, std::vector<std::string> arguments,
                          std::string_view input = {}) const;

  Remote remote_;
  Options options_;
  std::shared_ptr<const process::Descriptor> settings_;  ///< rclone.conf.
};

/// What rclone's and S3's words on standard error mean. `place` is where it happened, for the detail.
Error classify_failure(std::string_view errors, std::string_view place);

}  // namespace busflow::object_store
