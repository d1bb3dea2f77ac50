#pragma once

#include <map>
#include <string>
#include <string_view>

#include <platform/base/event_type.hpp>
#include <platform/base/identifier.hpp>
#include <platform/base/result.hpp>

/// What other contexts say to have an e-mail or an SMS sent.
namespace busflow::communications {

/// A message is wanted. Any context may publish it, in the transaction of whatever is the reason: then the message is
/// sent if and only if that happened. The recipient is named, not looked up; the words are the template's.
struct MessageRequested {
  static constexpr std::string_view kName = "MessageRequested";

  Uuid event_id;
  Uuid tenant_id;         ///< The operator on whose behalf; the nil UUID when it is the platform itself.
  std::string channel;    ///< "EMAIL" or "SMS".
  std::string recipient;  ///< An e-mail address; a number in E.164.
  std::string template_;  ///< Which words: "sign-in-link"; docs/reference/events.md names the consumer.
  std::string locale;     ///< "de"; another than the template has becomes "en".
  std::map<std::string, std::string> variables;  ///< "link", "code", "display_name": what the template asks for.
};

/// The event's declaration, for the context that publishes it: its outbox carries it.
EventType message_requested_by(std::string_view publisher);

/// The event as JSON; `Object` is json::Object. Templates, because a contract depends on base alone.
template <class Object>
Object to_payload(const MessageRequested& event) {
  Object payload;
  payload["event_id"] = event.event_id.to_string();
  payload["tenant_id"] = event.tenant_id.to_string();
  payload["channel"] = event.channel;
  payload["recipient"] = event.recipient;
  payload["template"] = event.template_;
  payload["locale"] = event.locale;
  auto& variables = payload["variables"].emplace_object();
  for (const auto& [name, value] : event.variables) variables[name] = value;
  return payload;
}

/// `Reader` is json::Reader, `Object` json::Object. Errors name the field.
template <class Reader, class Object>
Result<MessageRequested> read_message_requested(const Object& payload) {
  const Reader reader(payload);
  MessageRequested event;
  BUSFLOW_TRY(event.event_id, reader.uuid("event_id"));
  BUSFLOW_TRY(event.tenant_id, reader.uuid("tenant_id"));
  BUSFLOW_TRY(event.channel, reader.text("channel"));
  BUSFLOW_TRY(event.recipient, reader.text("recipient"));
  BUSFLOW_TRY(event.template_, reader.text("template"));
  BUSFLOW_TRY(event.locale, reader.text("locale"));
  for (const auto& [name, value] : payload.at("variables").as_object()) {
    if (!value.is_string()) return fail(ErrorName::kValidationFailed, "expected text", "$.variables");
    event.variables.emplace(name, value.get_string());
  }
  return event;
}

}  // namespace busflow::communications
