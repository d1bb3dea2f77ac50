#include "compression.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>

namespace busflow::http {
namespace {

/// Below this, most answers become no smaller; the reference's limit.
constexpr std::size_t kLeastBytes = 700;
/// The reference's two levels: for answers that wait for it, and for those large enough to be worth some work.
constexpr int kQuickLevel = 1;
constexpr int kThoroughLevel = 6;

struct Free {
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

/// Kept for the life of the thread, because making one costs more than a small answer.
template <int level>
libdeflate_compressor* compressor() {
  thread_local const std::unique_ptr<libdeflate_compressor, Free> kept(libdeflate_alloc_compressor(level));
  if (!kept) throw std::bad_alloc();
  return kept.get();
}

std::string gzipped(std::string_view text) {
  libdeflate_compressor* const with =
      text.size() > kMostBytesAtOnce ? compressor<kThoroughLevel>() : compressor<kQuickLevel>();
  std::string result;
  result.resize_and_overwrite(libdeflate_gzip_compress_bound(with, text.size()), [&](char* to, std::size_t room) {
    return libdeflate_gzip_compress(with, text.data(), text.size(), to, room);
  });
  return result;
}

/// Images, fonts and archives are compressed already.
bool is_text(std::string_view content_type) {
  constexpr std::array kParts = {"json", "javascript", "xml", "application/sql"};
  return content_type.starts_with("text/") ||
         std::ranges::any_of(kParts, [&](const char* part) { return content_type.contains(part); });
}

/// What has these headers is encoded, a part of something, or known by a tag to be these very bytes.
bool is_fixed(const Response& response) {
  constexpr std::array kHeaders = {"content-encoding", "content-range", "etag"};
  return std::ranges::any_of(response.headers, [&](const auto& header) {
    return std::ranges::any_of(kHeaders, [&](const char* name) { return header.first == name; });
  });
}

bool has_choice(const Response& response) {
  const bool may_have_body = response.status >= 200 && response.status != 204 && response.status != 304;
  return may_have_body && !response.body.empty() && is_text(response.content_type) && !is_fixed(response);
}

void add_vary(Response& response) {
  const auto found = std::ranges::find(response.headers, "vary", &std::pair<std::string, std::string>::first);
  if (found == response.headers.end()) {
    response.headers.emplace_back("vary", "Accept-Encoding");
  } else {
    found->second += ", Accept-Encoding";
  }
}

}  // namespace

bool choose_gzip(AcceptedCodings accepted, Response& response) {
  if (!has_choice(response)) return false;
  add_vary(response);
  return accepted.gzip && (!accepted.identity || response.body.size() >= kLeastBytes);
}

void gzip(AcceptedCodings accepted, Response& response) {
  std::string result = gzipped(response.body);
  if (accepted.identity && result.size() >= response.body.size()) return;
  response.body = std::move(result);
  response.headers.emplace_back("content-encoding", "gzip");
}

}  // namespace busflow::http
