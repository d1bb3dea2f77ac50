#pragma once

#include <string_view>

#include <platform/base/context.hpp>
#include <platform/base/event_type.hpp>
#include <platform/outbox/event.hpp>
#include <platform/postgres/transaction.hpp>

/// Events leave a context through a table that is written in the same transaction as their cause, and enter another one
/// through a table that remembers what was handled. A context that emits has, in its own migrations:
///
///     CREATE TABLE <context>.outbox (
///       sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
///       id uuid NOT NULL UNIQUE,
///       event_name text NOT NULL,
///       tenant_id uuid NOT NULL,
///       payload jsonb NOT NULL,
///       traceparent text NOT NULL DEFAULT '',
///       created_at timestamptz NOT NULL DEFAULT now(),
///       relayed_at timestamptz);
///     CREATE INDEX outbox_pending ON <context>.outbox (sequence) WHERE relayed_at IS NULL;
///     CREATE INDEX outbox_tenant ON <context>.outbox (tenant_id);
///     CREATE FUNCTION <context>.announce_outbox() RETURNS trigger LANGUAGE plpgsql AS
///       $$ BEGIN PERFORM pg_notify('busflow_outbox', TG_TABLE_SCHEMA); RETURN NULL; END $$;
///     CREATE TRIGGER announce AFTER INSERT ON <context>.outbox
///       FOR EACH STATEMENT EXECUTE FUNCTION <context>.announce_outbox();
///     GRANT SELECT, INSERT, UPDATE, DELETE ON <context>.outbox TO busflow_<context>;
///
/// and one that reacts has:
///
///     CREATE TABLE <context>.inbox (
///       event_id uuid NOT NULL,
///       handler text NOT NULL,
///       handled_at timestamptz NOT NULL DEFAULT now(),
///       PRIMARY KEY (event_id, handler));
///     GRANT SELECT, INSERT, DELETE ON <context>.inbox TO busflow_<context>;
///
/// Neither is under row-level security, because the relay and the handlers work for all tenants; neither is granted to
/// anyone else.
namespace busflow::outbox {

/// The channel on which an insert is announced.
inline constexpr std::string_view kChannel = "busflow_outbox";

/// Writes the event within the transaction: it will be relayed if and only if that commits. kInternal when its name or
/// payload is not as the type declares: a bug of the publisher, which must not reach the consumers.
Result<void> publish(Context& context, postgres::Transaction& transaction, const EventType& type, const Event& event);

/// Whether the payload has the type's fields, each of its kind. kValidationFailed names the first that is wrong. Other
/// fields are ignored, so that payloads can grow.
Result<void> check_payload(const EventType& type, const json::Object& payload);

/// Notes within the handler's transaction that `handler` has handled the event. False when it had before: then there is
/// nothing to do. Waits for another transaction that is handling the same event.
Result<bool> claim(postgres::Transaction& transaction, std::string_view schema, const Uuid& event_id,
                   std::string_view handler);

/// How an event stands in a job's data.
json::Object to_json(const Event& event);
Result<Event> from_json(const json::Value& value);

}  // namespace busflow::outbox
