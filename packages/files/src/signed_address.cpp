#include "signed_address.hpp"

#include <charconv>

#include <fmt/format.h>

#include <platform/crypto/digest.hpp>

namespace busflow::files {
namespace {

constexpr std::string_view kExpires = "X-Amz-Expires";
constexpr std::string_view kSignature = "X-Amz-Signature";

}  // namespace

std::string SignedAddresses::sign(const std::string& file_id, std::string_view expires) const {
  return vault_.derive("signed-address", fmt::format("{} {}", file_id, expires));
}

std::string SignedAddresses::make(const std::string& file_id, WallTime expires_at) const {
  const auto expires = std::to_string(std::chrono::floor<std::chrono::seconds>(expires_at).time_since_epoch().count());
  return fmt::format("{}/files/{}/presignedurl/contents?{}={}&{}={}", server_url_, file_id, kExpires, expires,
                     kSignature, sign(file_id, expires));
}

Result<void> SignedAddresses::check(const std::string& file_id,
                                    const std::map<std::string, std::string, std::less<>>& query, WallTime now) const {
  const auto expires = query.find(kExpires);
  const auto signature = query.find(kSignature);
  if (expires == query.end() || signature == query.end() ||
      !crypto::equal_in_constant_time(signature->second, sign(file_id, expires->second)))
    return fail(ErrorName::kPermissionDenied, "the address is not signed by this server");
  std::int64_t seconds = 0;
  std::from_chars(expires->second.data(), expires->second.data() + expires->second.size(), seconds);
  if (WallTime(std::chrono::seconds(seconds)) <= now)
    return fail(ErrorName::kPermissionDenied, "the time of the address is over");
  return {};
}

}  // namespace busflow::files
