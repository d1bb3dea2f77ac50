#include "ticket_job.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace busflow::graphql_events {
namespace {

constexpr int kAttempts = 5;  // At reaching the call, not at making it.
constexpr std::chrono::seconds kPause{1};

}  // namespace

jobs::NewJob to_job(const std::string& job_queue, const QueuedTicket& queued) {
  const Ticket& ticket = queued.ticket;
  std::string id = fmt::format("{}/{}/{}", queued.queue, ticket.id, ticket.tries);
  std::ranges::replace(id, ':', '_');  // Separates the parts of Redis' keys.
  return {.queue = job_queue,
          .name = queued.queue,
          .data = {{"queue", queued.queue},
                   {"id", ticket.id},
                   {"trigger", ticket.trigger},
                   {"tries", ticket.tries},
                   {"created_at", ticket.created_at}},
          .options = {.job_id = std::move(id),
                      .attempts = kAttempts,
                      .backoff = jobs::Backoff{.type = "fixed", .delay = kPause},
                      .keep_completed = jobs::Retention{.count = 0, .age = {}},
                      .keep_failed = jobs::Retention{.count = 0, .age = {}}}};
}

std::optional<QueuedTicket> ticket_of(const json::Value& data) {
  const auto* object = data.if_object();
  if (object == nullptr) return std::nullopt;
  const auto text = [&](std::string_view name) -> std::optional<std::string> {
    const auto* value = object->if_contains(name);
    return value != nullptr && value->is_string() ? std::optional(std::string(value->get_string())) : std::nullopt;
  };
  const auto queue = text("queue");
  const auto id = text("id");
  const auto trigger = text("trigger");
  const auto created_at = text("created_at");
  const auto* tries = object->if_contains("tries");
  if (!queue || !id || !trigger || !created_at || tries == nullptr || !tries->is_int64()) return std::nullopt;
  return QueuedTicket{
      .queue = *queue,
      .ticket = {.id = *id, .trigger = *trigger, .tries = tries->get_int64(), .created_at = *created_at}};
}

}  // namespace busflow::graphql_events
