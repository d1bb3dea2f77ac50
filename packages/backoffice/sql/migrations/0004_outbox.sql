-- Events on their way to other contexts, written in the transaction that causes them (platform/outbox/outbox.hpp).
-- No row-level security: the relay works for all tenants. Only this context's own role may touch the table.
CREATE TABLE backoffice.outbox (
  sequence    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id          uuid NOT NULL UNIQUE,
  event_name  text NOT NULL,
  tenant_id   uuid NOT NULL,
  payload     jsonb NOT NULL,
  traceparent text NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL DEFAULT now(),
  relayed_at  timestamptz
);
CREATE INDEX outbox_pending ON backoffice.outbox (sequence) WHERE relayed_at IS NULL;
CREATE INDEX outbox_tenant ON backoffice.outbox (tenant_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON backoffice.outbox TO busflow_backoffice;

CREATE FUNCTION backoffice.announce_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('busflow_outbox', TG_TABLE_SCHEMA);
  RETURN NULL;
END
$$;
CREATE TRIGGER announce AFTER INSERT ON backoffice.outbox
  FOR EACH STATEMENT EXECUTE FUNCTION backoffice.announce_outbox();
