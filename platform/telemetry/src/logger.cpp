#include <platform/telemetry/logger.hpp>

#include <array>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <platform/json/json.hpp>

namespace busflow::telemetry {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warning", "error"};

}  // namespace

Result<Level> parse_level(std::string_view text) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == text) return static_cast<Level>(i);
  }
  return fail(ErrorName::kInvalidSetting, fmt::format("'{}' is no log level: use debug, info, warning or error", text));
}

Field::Field(std::string_view field_key, std::string_view text) : key(field_key), json(json::quote(text)) {}

Logger::Logger(std::string service, Level level) : service_(std::move(service)), level_(level) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  output_ = std::make_shared<spdlog::logger>("busflow", std::move(sink));
  output_->set_pattern("%v");
  output_->set_level(spdlog::level::trace);
  output_->flush_on(spdlog::level::trace);
}

Logger::Logger(std::string service, Level level, Sink sink)
    : service_(std::move(service)), level_(level), sink_(std::move(sink)) {}

Logger Logger::with(const Context& context) const {
  Logger bound = *this;
  bound.bound_ += fmt::format(R"(,"trace_id":"{}","span_id":"{}","request_id":{})", context.trace.trace_id,
                              context.trace.span_id, json::quote(context.request_id));
  return bound;
}

void Logger::write(Level level, std::string_view message, Fields fields) const {
  if (level < level_) return;
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","service":{},"message":{})", to_rfc3339(SystemClock{}.now()),
                  kLevelNames[static_cast<std::size_t>(level)], json::quote(service_), json::quote(message));
  line += bound_;
  for (const auto& field : fields) line += fmt::format(R"(,"{}":{})", field.key, field.json);
  line += "}";
  if (sink_) {
    sink_(line);
  } else {
    output_->info(line);
  }
}

}  // namespace busflow::telemetry
