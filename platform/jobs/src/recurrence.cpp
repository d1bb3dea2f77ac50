#include "recurrence.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/cron/schedule.hpp>

#include "json_fields.hpp"

namespace busflow::jobs {
namespace {

std::int64_t milliseconds(WallTime time) { return time.time_since_epoch().count(); }

std::string text(const json::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::optional<WallTime> time(const json::Object& object, std::string_view name) {
  const auto value = integer(object, name);
  if (!value) return std::nullopt;
  return WallTime(std::chrono::milliseconds(*value));
}

}  // namespace

Result<void> check_recurrence(const Recurrence& recurrence, WallTime now) {
  if (recurrence.pattern.empty() == !recurrence.every.has_value()) {
    return fail(ErrorName::kBadRequest, "a scheduler needs either a pattern or an interval");
  }
  if (recurrence.every && recurrence.every->count() < 1) {
    return fail(ErrorName::kBadRequest, "the interval of a scheduler must be at least 1 ms");
  }
  if (recurrence.immediately && recurrence.start) {
    return fail(ErrorName::kBadRequest, "a scheduler starts immediately or at a time, not both");
  }
  if (recurrence.end && *recurrence.end < now) {
    return fail(ErrorName::kBadRequest, fmt::format("the scheduler's end {} is over", to_rfc3339(*recurrence.end)));
  }
  if (recurrence.pattern.empty()) return {};
  BUSFLOW_CHECK(cron::Schedule::parse(recurrence.pattern, recurrence.time_zone));
  return {};
}

Result<std::optional<WallTime>> next_time(const Recurrence& recurrence, WallTime now) {
  if (recurrence.end && now > *recurrence.end) return std::nullopt;
  if (recurrence.pattern.empty()) return std::nullopt;
  BUSFLOW_TRY(const auto schedule, cron::Schedule::parse(recurrence.pattern, recurrence.time_zone));
  if (recurrence.immediately) return now;
  return schedule.next(recurrence.start ? std::max(*recurrence.start, now) : now);
}

json::Object to_json(const Recurrence& recurrence, std::int64_t count) {
  json::Object repeat;
  if (!recurrence.pattern.empty()) repeat["pattern"] = recurrence.pattern;
  if (!recurrence.time_zone.empty()) repeat["tz"] = recurrence.time_zone;
  if (recurrence.every) repeat["every"] = recurrence.every->count();
  if (recurrence.limit) repeat["limit"] = *recurrence.limit;
  if (recurrence.start) repeat["startDate"] = milliseconds(*recurrence.start);
  if (recurrence.end) repeat["endDate"] = milliseconds(*recurrence.end);
  if (recurrence.offset.count() > 0) repeat["offset"] = recurrence.offset.count();
  repeat["count"] = count;
  return repeat;
}

Recurrence read_recurrence(const json::Object& repeat) {
  Recurrence recurrence{.pattern = text(repeat, "pattern"),
                        .time_zone = text(repeat, "tz"),
                        .start = time(repeat, "startDate"),
                        .end = time(repeat, "endDate"),
                        .limit = integer(repeat, "limit")};
  if (const auto every = integer(repeat, "every")) recurrence.every = std::chrono::milliseconds(*every);
  if (const auto offset = integer(repeat, "offset")) recurrence.offset = std::chrono::milliseconds(*offset);
  return recurrence;
}

json::Object iteration_options(const std::string& scheduler_id, const json::Object& template_options,
                               const Recurrence& recurrence, std::int64_t count, std::optional<WallTime> next,
                               WallTime now) {
  auto options = template_options;
  const auto millis = next ? milliseconds(*next) : 0;
  options["repeat"] = to_json(recurrence, count);
  options["jobId"] = fmt::format("repeat:{}:{}", scheduler_id, millis);
  options["delay"] = std::max<std::int64_t>(0, millis + recurrence.offset.count() - milliseconds(now));
  options["timestamp"] = milliseconds(now);
  options["prevMillis"] = millis;
  return options;
}

}  // namespace busflow::jobs
