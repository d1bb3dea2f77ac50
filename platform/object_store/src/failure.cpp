#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/object_store/object_store.hpp>
#include <platform/process/output.hpp>

namespace busflow::object_store {
namespace {

struct Sign {
  std::string_view words;  ///< In lower case.
  ErrorName name;
};

/// In the order of what tells most: a reset connection also mentions the request that was sent.
/// S3's codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; the rest is Go's and rclone's
/// wording.
constexpr std::array kSigns = {
    Sign{"x509:", ErrorName::kUpstreamUntrusted},
    Sign{"tls: failed to verify", ErrorName::kUpstreamUntrusted},
    Sign{"http response to https client", ErrorName::kUpstreamUntrusted},
    Sign{"signaturedoesnotmatch", ErrorName::kInvalidCredentials},
    Sign{"invalidaccesskeyid", ErrorName::kInvalidCredentials},
    Sign{"accessdenied", ErrorName::kPermissionDenied},
    Sign{"statuscode: 403", ErrorName::kPermissionDenied},
    Sign{"nosuchbucket", ErrorName::kNotFound},
    Sign{"nosuchkey", ErrorName::kNotFound},
    Sign{"directory not found", ErrorName::kNotFound},
    Sign{"object not found", ErrorName::kNotFound},
    Sign{"connection refused", ErrorName::kUpstreamUnavailable},
    Sign{"connection reset", ErrorName::kUpstreamUnavailable},
    Sign{"no such host", ErrorName::kUpstreamUnavailable},
    Sign{"no route to host", ErrorName::kUpstreamUnavailable},
    Sign{"network is unreachable", ErrorName::kUpstreamUnavailable},
    Sign{"broken pipe", ErrorName::kUpstreamUnavailable},
    Sign{"unexpected eof", ErrorName::kUpstreamUnavailable},
    Sign{": eof", ErrorName::kUpstreamUnavailable},
    Sign{"timeout", ErrorName::kUpstreamUnavailable},
    Sign{"deadline exceeded", ErrorName::kUpstreamUnavailable},
    Sign{"statuscode: 5", ErrorName::kUpstreamUnavailable},
    Sign{"corrupted on transfer", ErrorName::kUpstreamUnavailable},
};

/// rclone's line without its time stamp and level.
std::string without_prefix(std::string line) {
  for (const std::string_view level : {" NOTICE: ", " ERROR : ", "CRITICAL: "}) {
    if (const auto found = line.find(level); found != std::string::npos && found < 40)
      line.erase(0, found + level.size());
  }
  return line;
}

}  // namespace

Error classify_failure(std::string_view errors, std::string_view place) {
  const std::string words = lower_case(errors);
  const auto found = std::ranges::find_if(kSigns, [&](const Sign& sign) { return words.contains(sign.words); });
  return {.name = found != kSigns.end() ? found->name : ErrorName::kUpstreamInvalid,
          .detail = fmt::format("{}: {}", place, without_prefix(process::last_line(errors))),
          .path = ""};
}

}  // namespace busflow::object_store
