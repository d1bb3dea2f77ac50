#include <platform/jobs/event_reader.hpp>

#include <algorithm>

#include "keys.hpp"

namespace busflow::jobs {
namespace {

constexpr auto kMost = "1000";

QueueEvent read_event(const redis::Reply& entry) {
  QueueEvent event{.position = entry.array().at(0).text()};
  const auto& fields = entry.array().at(1).array();
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const auto& name = fields[i].text();
    const auto& value = fields[i + 1].text();
    if (name == "event") {
      event.name = value;
    } else if (name == "jobId") {
      event.job_id = value;
    } else {
      event.fields[name] = value;
    }
  }
  return event;
}

}  // namespace

EventReader::EventReader(redis::Options redis, std::string prefix, const std::string& queue, std::string position)
    : key_(Keys(prefix, queue)("events")), position_(std::move(position)), client_(std::move(redis)) {}

Result<std::vector<QueueEvent>> EventReader::read(std::chrono::milliseconds longest) {
  if (position_ == "$") {  // A fixed place, so that nothing is missed between two reads.
    BUSFLOW_TRY(const auto last, client_.command({"XREVRANGE", key_, "+", "-", "COUNT", "1"}));
    position_ = last.array().empty() ? "0-0" : last.array().front().array().at(0).text();
  }
  const auto wait = std::max<std::int64_t>(1, longest.count());  // 0 would wait for ever.
  BUSFLOW_TRY(const auto reply,
              client_.blocking_command(
                  {"XREAD", "COUNT", kMost, "BLOCK", std::to_string(wait), "STREAMS", key_, position_}, longest));
  std::vector<QueueEvent> events;
  if (reply.is_nil()) return events;
  for (const auto& entry : reply.array().at(0).array().at(1).array()) events.push_back(read_event(entry));
  if (!events.empty()) position_ = events.back().position;
  return events;
}

}  // namespace busflow::jobs
