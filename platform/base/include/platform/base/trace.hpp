#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace busflow {

/// W3C Trace Context, version 00 (https://www.w3.org/TR/trace-context/): lower-case hexadecimal.
struct TraceContext {
  std::string trace_id;  ///< 32 digits.
  std::string span_id;   ///< 16 digits.
  bool sampled = true;

  static TraceContext start();
  /// Nothing when the header is malformed or all zero; the caller then starts a trace.
  static std::optional<TraceContext> parse(std::string_view traceparent);
  /// Same trace, new span.
  TraceContext child() const;
  std::string to_traceparent() const;
};

}  // namespace busflow
