#include <platform/multipart/multipart.hpp>

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <platform/base/text.hpp>

namespace busflow::multipart {
namespace {

constexpr std::size_t kLongestBoundary = 70;  // RFC 2046, section 5.1.1
constexpr std::size_t kLongestHeader = 8192;

/// A parameter of a header such as `form-data; name="a"`. Browsers write a quote in a name as %22.
std::optional<std::string> parameter(std::string_view header, std::string_view wanted) {
  auto rest = header.substr(std::min(header.size(), header.find(';')));
  while (rest.starts_with(';')) {
    rest = trim(rest.substr(1));
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto name = lower_case(trim(rest.substr(0, equals)));
    rest = trim(rest.substr(equals + 1));
    std::string value;
    if (rest.starts_with('"')) {
      std::size_t at = 1;
      while (at < rest.size() && rest[at] != '"') {
        if (rest[at] == '\\' && at + 1 < rest.size() && (rest[at + 1] == '"' || rest[at + 1] == '\\')) ++at;
        value += rest[at++];
      }
      rest = trim(rest.substr(std::min(rest.size(), at + 1)));
    } else {
      value = trim(rest.substr(0, rest.find(';')));
      rest = rest.substr(std::min(rest.size(), rest.find(';')));
    }
    if (name == wanted) return value;
  }
  return std::nullopt;
}

/// std::string::find() stops at each first character of the delimiter, which in a gigabyte takes a second.
std::size_t find(std::string_view text, std::string_view wanted) {
  const void* found = memmem(text.data(), text.size(), wanted.data(), wanted.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorName::kBadRequest, fmt::format("malformed multipart body: {}", what));
}

Result<Part> to_part(std::string_view header) {
  Part part;
  while (!header.empty()) {
    const auto line = header.substr(0, header.find("\r\n"));
    header.remove_prefix(std::min(header.size(), line.size() + 2));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return malformed("a header line without a colon");
    const auto name = lower_case(trim(line.substr(0, colon)));
    const auto value = trim(line.substr(colon + 1));
    if (name == "content-type") part.content_type = value;
    if (name != "content-disposition") continue;
    part.name = parameter(value, "name").value_or("");
    part.file_name = parameter(value, "filename");
  }
  if (part.name.empty()) return malformed("a part without a name");
  return part;
}

}  // namespace

Result<std::string> boundary_of(std::string_view content_type) {
  const auto type = lower_case(trim(content_type.substr(0, content_type.find(';'))));
  auto boundary = parameter(content_type, "boundary");
  if (type != "multipart/form-data" || !boundary || boundary->empty() || boundary->size() > kLongestBoundary)
    return fail(ErrorName::kUnsupportedMediaType, "expected multipart/form-data with a boundary");
  return *std::move(boundary);
}

Reader::Reader(std::string_view boundary, Source source)
    : delimiter_(fmt::format("\r\n--{}", boundary)), source_(std::move(source)), buffer_("\r\n") {}

Result<bool> Reader::fill() {
  BUSFLOW_TRY(const auto piece, source_());
  buffer_ += piece;
  return !piece.empty();
}

Result<void> Reader::need(std::size_t bytes) {
  while (buffer_.size() < bytes) {
    BUSFLOW_TRY(const bool more, fill());
    if (!more) return malformed("it ends too early");
  }
  return {};
}

Result<std::string> Reader::read() {
  while (in_part_) {
    const auto found = find(buffer_, delimiter_);
    if (found == 0) {
      in_part_ = false;
      break;
    }
    // What could be the beginning of the delimiter stays.
    const std::size_t safe =
        found != std::string::npos ? found : buffer_.size() - std::min(buffer_.size(), delimiter_.size() - 1);
    if (safe > 0) {
      std::string rest = buffer_.substr(safe);  // Little or nothing: what is large is not copied.
      buffer_.resize(safe);
      return std::exchange(buffer_, std::move(rest));
    }
    BUSFLOW_TRY(const bool more, fill());
    if (!more) return malformed("it ends too early");
  }
  return std::string();
}

Result<std::string> Reader::read_all(std::size_t limit) {
  std::string all;
  for (;;) {
    BUSFLOW_TRY(const auto piece, read());
    if (piece.empty()) return all;
    all += piece;
    if (all.size() > limit)
      return fail(ErrorName::kPayloadTooLarge, fmt::format("a form field has more than {} bytes", limit));
  }
}

Result<std::string> Reader::read_header() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (buffer_.size() > kLongestHeader) return malformed("a part's header is too long");
    BUSFLOW_TRY(const bool more, fill());
    if (!more) return malformed("it ends too early");
  }
  std::string header = buffer_.substr(0, end);
  buffer_.erase(0, end + 4);
  return header;
}

Result<std::optional<Part>> Reader::next() {
  if (is_over_) return std::nullopt;
  for (;;) {
    BUSFLOW_TRY(const auto skipped, read());
    if (skipped.empty()) break;
  }
  BUSFLOW_CHECK(need(delimiter_.size() + 2));
  const auto after = buffer_.substr(delimiter_.size(), 2);
  buffer_.erase(0, delimiter_.size() + 2);
  if (after == "--") {
    is_over_ = true;
    return std::nullopt;
  }
  if (after != "\r\n") return malformed("something follows the boundary");
  BUSFLOW_TRY(const auto header, read_header());
  BUSFLOW_TRY(auto part, to_part(header));
  in_part_ = true;
  return part;
}

}  // namespace busflow::multipart
