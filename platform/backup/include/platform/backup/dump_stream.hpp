#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <platform/backup/problem.hpp>
#include <platform/base/context.hpp>
#include <platform/crypto/digest.hpp>
#include <platform/object_store/object_store.hpp>
#include <platform/process/child.hpp>
#include <platform/process/output.hpp>

namespace busflow::backup {

/// The bytes of a dump as they arrive from the store, once, in order; hashed and counted on the way. Use by one thread.
class DumpStream {
 public:
  static Outcome<std::unique_ptr<DumpStream>> open(const object_store::ObjectStore& store, const Context& context,
                                                   std::string_view key);

  /// At least one byte, unless the stream is at its end. Gives up at the context's deadline.
  Outcome<std::string_view> read();
  /// Reads what is left and forgets it.
  Outcome<void> drain();
  /// At the end: whether all of it came.
  Outcome<void> finish();

  std::uint64_t bytes() const { return bytes_; }
  /// In hexadecimal, after the end. Call once.
  std::string sha256() { return hash_.finish(); }

 private:
  DumpStream(const object_store::ObjectStore& store, const Context& context, process::Child child, process::Pipe pipe,
             std::unique_ptr<process::Collector> errors);

  object_store::ObjectStore store_;
  const Context& context_;
  std::unique_ptr<process::Collector> errors_;  // Before the child: it waits for the end of what the child writes.
  process::Child child_;
  process::Pipe pipe_;
  crypto::Sha256 hash_;
  std::uint64_t bytes_ = 0;
  std::string buffer_;
};

/// Writes to a pipe without ever waiting longer than the context allows.
class Feed {
 public:
  Feed(process::Descriptor pipe, const Context& context);

  /// False when the reader has gone.
  Outcome<bool> write(std::string_view bytes);
  void close() { pipe_.close(); }

 private:
  process::Descriptor pipe_;
  const Context& context_;
};

}  // namespace busflow::backup
