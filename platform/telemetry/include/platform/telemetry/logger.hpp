#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include <platform/base/context.hpp>
#include <platform/base/result.hpp>

namespace spdlog {
class logger;
}

namespace busflow::telemetry {

enum class Level { kDebug, kInfo, kWarning, kError };

/// "debug", "info", "warning", "error".
Result<Level> parse_level(std::string_view text);

/// A key and its value, already as JSON. Never pass a secret.
struct Field {
  Field(std::string_view field_key, std::string_view text);
  Field(std::string_view field_key, const char* text) : Field(field_key, std::string_view(text)) {}
  Field(std::string_view field_key, const std::string& text) : Field(field_key, std::string_view(text)) {}
  template <std::integral Number>
  Field(std::string_view field_key, Number number) : key(field_key), json(std::to_string(number)) {}

  std::string_view key;
  std::string json;
};

using Fields = std::initializer_list<Field>;

/// Writes one JSON object per line: time, level, service, message, then the fields. Thread-safe; cheap to copy.
class Logger {
 public:
  /// Receives each line without its line end; for tests and for other outputs than standard error.
  using Sink = std::function<void(std::string_view line)>;

  /// To standard error.
  Logger(std::string service, Level level);
  Logger(std::string service, Level level, Sink sink);

  void debug(std::string_view message, Fields fields = {}) const { write(Level::kDebug, message, fields); }
  void info(std::string_view message, Fields fields = {}) const { write(Level::kInfo, message, fields); }
  void warning(std::string_view message, Fields fields = {}) const { write(Level::kWarning, message, fields); }
  void error(std::string_view message, Fields fields = {}) const { write(Level::kError, message, fields); }

  /// The same logger with the request's trace_id, span_id and request_id in every line.
  Logger with(const Context& context) const;

 private:
  void write(Level level, std::string_view message, Fields fields) const;

  std::string service_;
  Level level_;
  std::string bound_;  ///< Fields of with(), as JSON members.
  std::shared_ptr<spdlog::logger> output_;
  Sink sink_;
};

}  // namespace busflow::telemetry
