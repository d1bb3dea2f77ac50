#include <platform/outbox/outbox.hpp>

#include <fmt/format.h>

#include <platform/json/reader.hpp>

namespace busflow::outbox {

Result<void> publish(Context& context, postgres::Transaction& transaction, const EventType& type, const Event& event) {
  const auto checked = check_payload(type, event.payload);
  if (event.name != type.name || !checked) {
    return fail(ErrorName::kInternal, fmt::format("event {} of {} is not as declared: {}", event.name, type.owner,
                                                  checked ? "another name" : checked.error().message()));
  }
  const auto name = fmt::format("outbox.{}.publish", type.owner);
  const auto text = fmt::format(
      "INSERT INTO {}.outbox (id, event_name, tenant_id, payload, traceparent) VALUES ($1::uuid, $2, $3::uuid, "
      "$4::jsonb, $5)",
      type.owner);
  const auto traceparent =
      event.traceparent.empty() && !context.trace.trace_id.empty() ? context.trace.to_traceparent() : event.traceparent;
  BUSFLOW_CHECK(transaction.execute(
      postgres::Statement{name, text},
      {event.id.to_string(), event.name, event.tenant_id.to_string(), json::serialize(event.payload), traceparent}));
  return {};
}

Result<bool> claim(postgres::Transaction& transaction, std::string_view schema, const Uuid& event_id,
                   std::string_view handler) {
  const auto name = fmt::format("outbox.{}.claim", schema);
  const auto text =
      fmt::format("INSERT INTO {}.inbox (event_id, handler) VALUES ($1::uuid, $2) ON CONFLICT DO NOTHING", schema);
  BUSFLOW_TRY(const auto rows,
              transaction.execute(postgres::Statement{name, text}, {event_id.to_string(), std::string(handler)}));
  return rows.affected() == 1;
}

json::Object to_json(const Event& event) {
  return {{"id", event.id.to_string()},
          {"name", event.name},
          {"tenant_id", event.tenant_id.to_string()},
          {"payload", event.payload},
          {"traceparent", event.traceparent}};
}

Result<Event> from_json(const json::Value& value) {
  BUSFLOW_TRY(const auto reader, json::Reader::from(value));
  Event event;
  BUSFLOW_TRY(event.id, reader.uuid("id"));
  BUSFLOW_TRY(event.name, reader.text("name"));
  BUSFLOW_TRY(event.tenant_id, reader.uuid("tenant_id"));
  BUSFLOW_TRY(event.traceparent, reader.text("traceparent"));
  BUSFLOW_CHECK(reader.object("payload"));
  event.payload = value.at("payload").as_object();
  return event;
}

}  // namespace busflow::outbox
