#include <platform/http_client/aws_signature.hpp>

#include <algorithm>
#include <map>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/crypto/digest.hpp>

namespace busflow::http_client {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

struct UrlParts {
  std::string_view host;
  std::string_view path;
  std::string_view query;
};

Result<UrlParts> split(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return fail(ErrorName::kBadRequest, "an address without a scheme");
  url.remove_prefix(scheme + 3);
  const auto question = std::min(url.find('?'), url.size());
  const auto slash = std::min(url.find('/'), question);
  UrlParts parts{.host = url.substr(0, slash), .path = url.substr(slash, question - slash), .query = {}};
  if (parts.path.empty()) parts.path = "/";
  if (question < url.size()) parts.query = url.substr(question + 1);
  if (parts.host.empty()) return fail(ErrorName::kBadRequest, "an address without a host");
  return parts;
}

/// Header values with outer blanks cut and inner runs of blanks made one, as the algorithm wants them.
std::string canonical_value(std::string_view value) {
  std::string canonical;
  for (const char character : value) {
    if (character == ' ' && (canonical.empty() || canonical.back() == ' ')) continue;
    canonical += character;
  }
  if (canonical.ends_with(' ')) canonical.pop_back();
  return canonical;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::string> parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    std::string parameter(query.substr(0, end));
    if (!parameter.empty()) parameters.push_back(parameter.contains('=') ? parameter : parameter + "=");
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  // Sorted by name, then value: '=' sorts behind some characters of longer names, so the whole text will not do.
  std::ranges::sort(parameters, {}, [](const std::string& parameter) {
    const auto equals = parameter.find('=');
    return std::pair(parameter.substr(0, equals), parameter.substr(equals + 1));
  });
  return fmt::format("{}", fmt::join(parameters, "&"));
}

class Signer {
 public:
  Signer(const AwsCredentials& credentials, WallTime now) : credentials_(credentials) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    time_ = fmt::format("{:%Y%m%dT%H%M%SZ}", seconds);
    scope_ = fmt::format("{}/{}/{}/aws4_request", date(), credentials.region, credentials.service);
  }

  const std::string& time() const { return time_; }
  const std::string& scope() const { return scope_; }

  void add_header(std::string_view name, std::string_view value) {
    auto& joined = headers_[lower_case(name)];
    joined += (joined.empty() ? "" : ",") + canonical_value(value);
  }

  std::string signed_headers() const {
    std::string names;
    for (const auto& [name, value] : headers_) names += (names.empty() ? "" : ";") + name;
    return names;
  }

  std::string signature(std::string_view method, std::string_view path, std::string_view query,
                        std::string_view payload_hash) const {
    std::string canonical = fmt::format("{}\n{}\n{}\n", method, path, canonical_query(query));
    for (const auto& [name, value] : headers_) canonical += name + ":" + value + "\n";
    canonical += fmt::format("\n{}\n{}", signed_headers(), payload_hash);
    const auto to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time_, scope_, crypto::sha256_hex(canonical));
    auto key = crypto::hmac_sha256("AWS4" + credentials_.secret_access_key, date());
    key = crypto::hmac_sha256(key, credentials_.region);
    key = crypto::hmac_sha256(key, credentials_.service);
    key = crypto::hmac_sha256(key, "aws4_request");
    return crypto::hexadecimal(crypto::hmac_sha256(key, to_sign));
  }

 private:
  std::string_view date() const { return std::string_view(time_).substr(0, 8); }

  const AwsCredentials& credentials_;
  std::string time_;
  std::string scope_;
  std::map<std::string, std::string> headers_;
};

}  // namespace

Result<void> sign(Request& request, const AwsCredentials& credentials, std::string_view payload_hash, WallTime now) {
  BUSFLOW_TRY(const auto parts, split(request.url));
  Signer signer(credentials, now);
  request.headers.emplace_back("x-amz-date", signer.time());
  request.headers.emplace_back("x-amz-content-sha256", payload_hash);
  signer.add_header("host", parts.host);
  for (const auto& [name, value] : request.headers) signer.add_header(name, value);
  const auto signature = signer.signature(request.method, parts.path, parts.query, payload_hash);
  request.headers.emplace_back(
      "authorization", fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm,
                                   credentials.access_key_id, signer.scope(), signer.signed_headers(), signature));
  return {};
}

Result<std::string> presign(std::string_view method, std::string_view url, const Headers& headers,
                            const AwsCredentials& credentials, std::chrono::seconds lifetime, WallTime now) {
  BUSFLOW_TRY(const auto parts, split(url));
  Signer signer(credentials, now);
  signer.add_header("host", parts.host);
  for (const auto& [name, value] : headers) signer.add_header(name, value);
  std::string query(parts.query);
  if (!query.empty()) query += '&';
  query += encode_form({{"X-Amz-Algorithm", std::string(kAlgorithm)},
                        {"X-Amz-Credential", credentials.access_key_id + "/" + signer.scope()},
                        {"X-Amz-Date", signer.time()},
                        {"X-Amz-Expires", std::to_string(lifetime.count())},
                        {"X-Amz-SignedHeaders", signer.signed_headers()}});
  const auto signature = signer.signature(method, parts.path, query, kUnsignedPayload);
  const auto address = url.substr(0, std::min(url.find('?'), url.size()));
  return fmt::format("{}?{}&X-Amz-Signature={}", address, query, signature);
}

}  // namespace busflow::http_client
