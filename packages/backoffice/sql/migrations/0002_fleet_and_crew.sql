-- UNIQUE (tenant_id, id) lets other tables refer to a row together with its tenant, so that no foreign key can point into
-- another tenant: foreign keys are checked without row-level security. It also is the index on tenant_id.
CREATE TABLE backoffice.vehicles (
  id            uuid PRIMARY KEY,
  tenant_id     uuid NOT NULL REFERENCES backoffice.operators (id),
  name          text NOT NULL CHECK (name <> ''),
  license_plate text NOT NULL,
  seat_count    integer NOT NULL CHECK (seat_count BETWEEN 1 AND 120),
  status        text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'MAINTENANCE', 'RETIRED')),
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, license_plate)
);
COMMENT ON TABLE backoffice.vehicles IS 'Coaches of an operator.';
COMMENT ON COLUMN backoffice.vehicles.seat_count IS 'Seats for passengers, without crew.';

ALTER TABLE backoffice.vehicles ENABLE ROW LEVEL SECURITY;
ALTER TABLE backoffice.vehicles FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON backoffice.vehicles
  USING (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON backoffice.vehicles
  FOR EACH ROW EXECUTE FUNCTION backoffice.set_updated_at();
GRANT SELECT, INSERT, UPDATE, DELETE ON backoffice.vehicles TO busflow_backoffice;
GRANT SELECT ON backoffice.vehicles TO busflow_graphql;

CREATE TABLE backoffice.crew_members (
  id           uuid PRIMARY KEY,
  tenant_id    uuid NOT NULL REFERENCES backoffice.operators (id),
  display_name text NOT NULL CHECK (display_name <> ''),
  role         text NOT NULL CHECK (role IN ('DRIVER', 'GUIDE')),
  status       text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'ON_LEAVE', 'INACTIVE')),
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id)
);
COMMENT ON TABLE backoffice.crew_members IS 'Drivers and tour guides of an operator.';

ALTER TABLE backoffice.crew_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE backoffice.crew_members FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON backoffice.crew_members
  USING (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON backoffice.crew_members
  FOR EACH ROW EXECUTE FUNCTION backoffice.set_updated_at();
GRANT SELECT, INSERT, UPDATE, DELETE ON backoffice.crew_members TO busflow_backoffice;
GRANT SELECT ON backoffice.crew_members TO busflow_graphql;
