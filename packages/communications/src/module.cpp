#include <communications/module.hpp>

#include <span>

#include <platform/base/context.hpp>
#include <platform/base/embedded_file.hpp>
#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>

#include "mailbox.hpp"
#include "usecases/send_message.hpp"

namespace busflow::communications {

std::span<const EmbeddedFile> communications_migrations();  // Defined by busflow_embed(), see CMakeLists.txt.

namespace {

Result<void> on_message_requested(Context& context, postgres::Pool& pool, const outbox::Event& event) {
  BUSFLOW_TRY(const auto request, (read_message_requested<json::Reader, json::Object>(event.payload)));
  if (request.event_id != event.id || request.tenant_id != event.tenant_id) {
    return fail(ErrorName::kValidationFailed, "event_id or tenant_id of the payload differs from the event's",
                "$.event_id");
  }
  return send_message(context, pool, request);
}

}  // namespace

application::Module make_module(Dependencies dependencies) {
  postgres::Pool& pool = dependencies.pool;
  return {
      .context = "communications",
      .has_outbox = false,
      .actions = {},
      .event_handlers = {{.event = std::string(MessageRequested::kName),
                          .name = std::string(kSendMessage),
                          .handle =
                              [&pool](Context& context, const outbox::Event& event) {
                                return on_message_requested(context, pool, event);
                              }}},
      .routes = dependencies.options.has_mailbox ? mailbox_routes(pool) : std::vector<application::Route>(),
      .migrations = communications_migrations(),
      .metadata = {},
      .seed_demo = {},
  };
}

}  // namespace busflow::communications
