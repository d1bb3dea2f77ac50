-- What passengers get by mail: a way to see one booking, for a while. They have no account.
CREATE TABLE identity.passenger_links (
  id         uuid PRIMARY KEY,
  tenant_id  uuid NOT NULL REFERENCES identity.tenants,
  booking_id uuid NOT NULL,
  email      text NOT NULL CHECK (email LIKE '%_@_%'),
  link_hash  text NOT NULL UNIQUE CHECK (length(link_hash) = 64),
  expires_at timestamptz NOT NULL,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX passenger_links_booking ON identity.passenger_links (tenant_id, booking_id);
ALTER TABLE identity.passenger_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.passenger_links FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON identity.passenger_links
  USING (coalesce(tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid, true));
GRANT SELECT, INSERT, DELETE ON identity.passenger_links TO busflow_identity;
