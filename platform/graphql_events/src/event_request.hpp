#pragma once

#include <optional>
#include <string>

#include <platform/base/result.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/graphql_webhooks/template_address.hpp>
#include <platform/http_client/message.hpp>

#include "event_log.hpp"

namespace busflow::graphql_events {

/// The call of a trigger's webhook for an event. kInvalidSetting names a variable that is not set.
Result<http_client::Request> request_for(const graphql::metadata::EventTrigger& trigger, const Event& event,
                                         const graphql_webhooks::Environment& environment);

/// What is kept of a call: the body, and headers; those out of the environment by the variable's name, as they may be
/// secrets.
std::string logged_request(const graphql::metadata::EventTrigger& trigger, const std::string& body);
/// What is kept of an answer, or of its absence.
std::string logged_response(const Result<http_client::Response>& answer);

/// hasura.io/docs/2.0/event-triggers/overview: 2xx is delivered; Retry-After counts more than the trigger's own policy.
Verdict verdict_of(const graphql::metadata::EventTrigger& trigger, const Event& event,
                   const Result<http_client::Response>& answer);

}  // namespace busflow::graphql_events
