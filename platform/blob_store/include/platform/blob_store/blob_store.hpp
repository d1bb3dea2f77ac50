#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

namespace busflow::blob_store {

/// The next piece of what is stored; empty at its end.
using Source = std::function<Result<std::string>()>;
/// Takes the next piece of what is read.
using Sink = std::function<Result<void>(std::string_view bytes)>;

/// Bytes by key, of any size, in constant memory. A key is written once and is there wholly or not at all. Keys are the
/// caller's own: letters, digits, '-' and '/'. Thread-safe.
///
/// Errors: kNotFound; kUpstreamUnavailable, kUpstreamUntrusted, kUpstreamInvalid of a server; kInternal of a disk; or
/// what the source or the sink returned.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  virtual Result<void> put(Context& context, const std::string& key, const Source& source) = 0;
  /// `length` bytes from `first` on; they must be there.
  virtual Result<void> get(Context& context, const std::string& key, std::uint64_t first, std::uint64_t length,
                           const Sink& sink) = 0;
  /// What is not there is no error.
  virtual Result<void> remove(Context& context, const std::string& key) = 0;
};

}  // namespace busflow::blob_store
