#pragma once

#include <string>

#include <platform/base/identifier.hpp>
#include <platform/json/json.hpp>

namespace busflow::outbox {

/// Something that happened in one context and that others may react to.
struct Event {
  Uuid id;           ///< The key by which handlers recognise a repetition.
  std::string name;  ///< "TourDeparturePublished"
  Uuid tenant_id;
  json::Object payload;  ///< Begins with event_id and tenant_id; carries all that consumers need, so that they need not
                         ///< ask back.
  std::string traceparent;  ///< Of the work that caused it; may be empty.
};

}  // namespace busflow::outbox
