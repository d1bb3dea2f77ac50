#include <communications/message_requested.hpp>

#include <array>

namespace busflow::communications {
namespace {

using enum EventFieldKind;

constexpr std::array kFields = {
    EventField{"event_id", kUuid, "The event's own id, and the message's."},
    EventField{"tenant_id", kUuid, "The operator on whose behalf; the nil UUID when it is the platform itself."},
    EventField{"channel", kText, "EMAIL or SMS."},
    EventField{"recipient", kText, "An e-mail address; a number in E.164."},
    EventField{"template", kText, "Which words."},
    EventField{"locale", kText, "In which language."},
    EventField{"variables", kObject, "What the template asks for, such as link, code, display_name."},
};

}  // namespace

EventType message_requested_by(std::string_view publisher) {
  return {.name = MessageRequested::kName,
          .owner = publisher,
          .description = "An e-mail or an SMS is wanted. Any context may say so; `communications` sends it.",
          .fields = kFields};
}

}  // namespace busflow::communications
