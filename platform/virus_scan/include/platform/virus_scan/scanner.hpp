#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

/// Asks a ClamAV daemon about what passes by (man 8 clamd, INSTREAM).
namespace busflow::virus_scan {

/// One scan, piece by piece. For one thread.
class Scan {
 public:
  virtual ~Scan() = default;
  /// kUpstreamUnavailable when the daemon has gone, or takes less than is sent.
  virtual Result<void> add(std::string_view bytes) = 0;
  /// The virus's name; empty when none was found. Call once, at the end. kUpstreamUnavailable, kUpstreamInvalid.
  virtual Result<std::string> finish() = 0;
};

/// Thread-safe.
class Scanner {
 public:
  virtual ~Scanner() = default;
  /// kUpstreamUnavailable.
  virtual Result<std::unique_ptr<Scan>> begin(Context& context) const = 0;
};

/// `address`: "unix:/run/clamav/clamd.ctl" or "tcp:clamd:3310". Nothing is connected yet. kInvalidSetting.
Result<std::unique_ptr<Scanner>> clamd(const std::string& address);

/// Finds nothing: where no scanner is set.
std::unique_ptr<Scanner> no_scanner();

}  // namespace busflow::virus_scan
