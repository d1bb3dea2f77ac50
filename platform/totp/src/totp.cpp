#include <platform/totp/totp.hpp>

#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>

#include <liboath/oath.h>
#include <qrencode.h>
#include <sodium.h>

#include <fmt/format.h>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <platform/crypto/base64.hpp>

namespace busflow::totp {
namespace {

constexpr std::size_t kSecretBytes = 20;
constexpr unsigned kDigits = 6;
constexpr int kStepSeconds = 30;
constexpr int kToleratedSteps = 1;
constexpr int kQuietZone = 4;  // Modules around the code, as ISO/IEC 18004 asks for.

struct Free {
  void operator()(char* text) const { std::free(text); }
};

std::optional<std::string> decode(const std::string& base32) {
  char* bytes = nullptr;
  std::size_t length = 0;
  if (oath_base32_decode(base32.data(), base32.size(), &bytes, &length) != OATH_OK) return std::nullopt;
  const std::unique_ptr<char, Free> owner(bytes);
  return std::string(bytes, length);
}

std::time_t seconds(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

std::string encode(std::string_view text) { return boost::urls::encode(text, boost::urls::unreserved_chars); }

}  // namespace

std::string new_secret() {
  std::array<char, kSecretBytes> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  char* text = nullptr;
  std::size_t length = 0;
  if (oath_base32_encode(bytes.data(), bytes.size(), &text, &length) != OATH_OK) throw std::bad_alloc();
  const std::unique_ptr<char, Free> owner(text);
  return {text, length};
}

std::optional<std::int64_t> matching_step(const std::string& base32_secret, const std::string& code, WallTime now) {
  const auto secret = decode(base32_secret);
  if (!secret || code.size() != kDigits) return std::nullopt;
  int offset = 0;
  const int matched = oath_totp_validate2(secret->data(), secret->size(), seconds(now), kStepSeconds, 0,
                                          kToleratedSteps, &offset, code.c_str());
  if (matched < 0) return std::nullopt;
  return seconds(now) / kStepSeconds + offset;
}

std::string code_at(const std::string& base32_secret, WallTime now) {
  const auto secret = decode(base32_secret);
  if (!secret) throw std::invalid_argument("not base32");
  std::array<char, kDigits + 1> code{};
  oath_totp_generate(secret->data(), secret->size(), seconds(now), kStepSeconds, 0, kDigits, code.data());
  return code.data();
}

std::string setup_address(std::string_view issuer, std::string_view account, std::string_view base32_secret) {
  return fmt::format("otpauth://totp/{}:{}?secret={}&issuer={}", encode(issuer), encode(account), base32_secret,
                     encode(issuer));
}

std::string qr_code_image(const std::string& text) {
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
      QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1), QRcode_free);
  if (!code) throw std::bad_alloc();
  std::string path;
  for (int row = 0; row < code->width; ++row) {
    for (int column = 0; column < code->width; ++column) {
      if ((code->data[row * code->width + column] & 1) != 0)
        path += fmt::format("M{} {}h1v1h-1z", column + kQuietZone, row + kQuietZone);
    }
  }
  const int side = code->width + 2 * kQuietZone;
  const auto image = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}"><rect width="{0}" height="{0}" fill="#fff"/><path d="{1}"/></svg>)",
      side, path);
  return "data:image/svg+xml;base64," + crypto::encode_base64(image);
}

}  // namespace busflow::totp
