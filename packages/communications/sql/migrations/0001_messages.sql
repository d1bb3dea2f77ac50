-- What was sent to whom. The sender of a message is an operator, or the platform itself: then there is no tenant.
CREATE SCHEMA communications;
GRANT USAGE ON SCHEMA communications TO busflow_communications;

CREATE TABLE communications.messages (
  id         uuid PRIMARY KEY,  -- of the event that asked for it: asked twice, sent once
  tenant_id  uuid,
  channel    text NOT NULL CHECK (channel IN ('EMAIL', 'SMS')),
  recipient  text NOT NULL CHECK (recipient <> ''),
  template   text NOT NULL,
  locale     text NOT NULL,
  subject    text NOT NULL,
  body       text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX messages_tenant ON communications.messages (tenant_id, created_at);
CREATE INDEX messages_recipient ON communications.messages (lower(recipient), created_at);
CREATE INDEX messages_created ON communications.messages (created_at);

-- With a tenant set, as for everything that is done for an operator, only that operator's messages are in reach.
ALTER TABLE communications.messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE communications.messages FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON communications.messages
  USING (nullif(current_setting('busflow.tenant_id', true), '') IS NULL
         OR coalesce(tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid, false));
GRANT SELECT, INSERT, DELETE ON communications.messages TO busflow_communications;

-- Events that were handled (platform/outbox/outbox.hpp).
CREATE TABLE communications.inbox (
  event_id   uuid NOT NULL,
  handler    text NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (event_id, handler)
);
GRANT SELECT, INSERT, DELETE ON communications.inbox TO busflow_communications;
