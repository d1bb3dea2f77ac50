#pragma once

#include <optional>
#include <string>

#include <platform/graphql_events/queue.hpp>
#include <platform/jobs/queue.hpp>
#include <platform/json/json.hpp>

/// A ticket as a job. It says which call is meant and nothing that is told, so that Redis holds no secret.
namespace busflow::graphql_events {

struct QueuedTicket {
  std::string queue;  ///< Name of the Queue.
  Ticket ticket;
};

/// Its id tells queue, call and try, so that adding it again while it is there changes nothing. It is removed at its
/// end: what has come of it is in the database, and the id may be needed again.
jobs::NewJob to_job(const std::string& job_queue, const QueuedTicket& queued);

/// Nothing when the data are no ticket's.
std::optional<QueuedTicket> ticket_of(const json::Value& data);

}  // namespace busflow::graphql_events
