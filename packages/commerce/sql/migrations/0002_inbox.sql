-- Which events were handled, so that each takes effect once. See platform/outbox/outbox.hpp.
-- No row-level security: a claim is made by event id. Only this context's own role may touch the table.
CREATE TABLE commerce.inbox (
  event_id   uuid NOT NULL,
  handler    text NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (event_id, handler)
);
GRANT SELECT, INSERT, DELETE ON commerce.inbox TO busflow_commerce;
