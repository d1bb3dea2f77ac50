CREATE SCHEMA operations;
GRANT USAGE ON SCHEMA operations TO busflow_operations, busflow_graphql;

CREATE FUNCTION operations.set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

-- The stretches a coach has to drive for a departure, as the publish event lists them.
CREATE TABLE operations.service_legs (
  id                uuid PRIMARY KEY,
  tenant_id         uuid NOT NULL,
  tour_departure_id uuid NOT NULL,
  leg_type          text NOT NULL CHECK (leg_type IN ('PICKUP', 'TRANSIT', 'TRANSFER', 'DROPOFF', 'REPOSITIONING')),
  sequence          integer NOT NULL CHECK (sequence > 0),
  scheduled_start   timestamptz NOT NULL,
  scheduled_end     timestamptz NOT NULL CHECK (scheduled_end >= scheduled_start),
  status            text NOT NULL DEFAULT 'SCHEDULED'
                    CHECK (status IN ('SCHEDULED', 'ACTIVE', 'DELAYED', 'COMPLETED', 'CANCELLED')),
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT service_legs_once_per_departure UNIQUE (tenant_id, tour_departure_id, leg_type, sequence)
);
COMMENT ON TABLE operations.service_legs IS 'A stretch that a coach has to drive for a departure.';
COMMENT ON COLUMN operations.service_legs.tour_departure_id IS 'backoffice.tour_departures, without a foreign key.';
COMMENT ON COLUMN operations.service_legs.sequence IS 'Position among the legs of the departure, from 1.';

ALTER TABLE operations.service_legs ENABLE ROW LEVEL SECURITY;
ALTER TABLE operations.service_legs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON operations.service_legs
  USING (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON operations.service_legs
  FOR EACH ROW EXECUTE FUNCTION operations.set_updated_at();
CREATE INDEX service_legs_tenant_start ON operations.service_legs (tenant_id, scheduled_start);
GRANT SELECT, INSERT, UPDATE, DELETE ON operations.service_legs TO busflow_operations;
GRANT SELECT ON operations.service_legs TO busflow_graphql;
