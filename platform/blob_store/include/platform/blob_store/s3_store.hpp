#pragma once

#include <memory>
#include <string>

#include <platform/blob_store/blob_store.hpp>
#include <platform/http_client/aws_signature.hpp>
#include <platform/http_client/client.hpp>

namespace busflow::blob_store {

struct S3Options {
  std::string endpoint;  ///< "https://fsn1.your-objectstorage.com"
  std::string bucket;
  http_client::AwsCredentials credentials;
  bool is_path_style = false;  ///< https://endpoint/bucket/key instead of https://bucket.endpoint/key.
  std::string ca_file;         ///< Of the endpoint; empty: the system's.
  bool allow_plain_http = false;
};

/// In a bucket of an S3 server, by the parts of the protocol that all of them have: objects, and uploads in parts
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/). Small ones are one request; others go up in parts of 8 MiB, so
/// that their length need not be known. What a killed process left of one is for the bucket's lifecycle rules.
class S3Store final : public BlobStore {
 public:
  explicit S3Store(S3Options options);

  Result<void> put(Context& context, const std::string& key, const Source& source) override;
  Result<void> get(Context& context, const std::string& key, std::uint64_t first, std::uint64_t length,
                   const Sink& sink) override;
  Result<void> remove(Context& context, const std::string& key) override;

  /// Signs and sends; anything but 2xx is an error that names the server's own code: kNotFound for a missing object.
  Result<http_client::Response> send(Context& context, http_client::Request request) const;
  std::string url(const std::string& key) const;

 private:
  S3Options options_;
  http_client::Client client_;
};

}  // namespace busflow::blob_store
