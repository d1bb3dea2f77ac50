#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <platform/blob_store/s3_store.hpp>

namespace busflow::blob_store {

/// The text of `<name>…</name>` in an answer of the server; empty when there is none.
std::string element(std::string_view xml, std::string_view name);

/// An object that goes up in parts. Given up unless finished.
class S3Upload {
 public:
  static Result<S3Upload> begin(Context& context, const S3Store& store, const std::string& key);

  /// Sends a part; they are numbered from 1, and may be sent several at a time. Gives its entity tag. Thread-safe.
  Result<std::string> send(Context& context, std::size_t number, std::string part) const;
  /// Makes the object of the parts with these tags, the first one's first.
  Result<void> finish(Context& context, const std::vector<std::string>& entity_tags);
  /// So that its parts cost nothing. Failing does no harm.
  void give_up(Context& context);

 private:
  S3Upload(const S3Store& store, std::string url, std::string id)
      : store_(store), url_(std::move(url)), id_(std::move(id)) {}

  const S3Store& store_;
  std::string url_;
  std::string id_;  ///< Percent-encoded.
};

}  // namespace busflow::blob_store
