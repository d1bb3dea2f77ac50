#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <platform/base/clock.hpp>
#include <platform/base/result.hpp>
#include <platform/http_client/message.hpp>

/// AWS Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
namespace busflow::http_client {

struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string region;
  std::string service = "s3";
};

/// As payload hash: the body is not part of the signature. TLS protects it.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// Adds x-amz-date, x-amz-content-sha256 and authorization to the headers; all headers present before are signed.
/// `payload_hash`: SHA-256 of the body in hexadecimal, or kUnsignedPayload. The URL's path and query must be
/// percent-encoded already. kBadRequest for a URL that is none.
Result<void> sign(Request& request, const AwsCredentials& credentials, std::string_view payload_hash, WallTime now);

/// The URL with a signature in its query, which whoever holds it may use for `lifetime` (at most seven days). Headers
/// given here must be sent by that client as they are.
Result<std::string> presign(std::string_view method, std::string_view url, const Headers& headers,
                            const AwsCredentials& credentials, std::chrono::seconds lifetime, WallTime now);

}  // namespace busflow::http_client
