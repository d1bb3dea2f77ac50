#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <platform/base/result.hpp>

namespace busflow::multipart {

/// One field of a form.
struct Part {
  std::string name;
  std::optional<std::string> file_name;  ///< Of a file; as the client wrote it, so not to be trusted.
  std::string content_type;              ///< Empty when the client gave none.
};

/// The boundary of "multipart/form-data; boundary=…". kUnsupportedMediaType for anything else.
Result<std::string> boundary_of(std::string_view content_type);

/// Reads multipart/form-data (RFC 7578) from a body that comes in pieces, in constant memory. Use by one thread.
class Reader {
 public:
  /// The next piece of the body; empty at its end.
  using Source = std::function<Result<std::string>()>;

  Reader(std::string_view boundary, Source source);

  /// The next part; what is left of the one before is skipped. Nothing after the last. kBadRequest when the body is
  /// malformed or ends too early; or what the source returned.
  Result<std::optional<Part>> next();
  /// The next piece of the part; empty at its end.
  Result<std::string> read();
  /// The whole part. kPayloadTooLarge when it has more than `limit` bytes.
  Result<std::string> read_all(std::size_t limit);

 private:
  Result<bool> fill();
  Result<void> need(std::size_t bytes);
  Result<std::string> read_header();

  std::string delimiter_;  ///< "\r\n--boundary"
  Source source_;
  std::string buffer_;
  bool in_part_ = true;  ///< Before the first delimiter is a part as well, which is thrown away.
  bool is_over_ = false;
};

}  // namespace busflow::multipart
