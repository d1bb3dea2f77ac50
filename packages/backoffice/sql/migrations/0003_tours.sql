CREATE TABLE backoffice.tour_templates (
  id               uuid PRIMARY KEY,
  tenant_id        uuid NOT NULL REFERENCES backoffice.operators (id),
  name             text NOT NULL CHECK (name <> ''),
  description      text NOT NULL DEFAULT '',
  destination      text NOT NULL CHECK (destination <> ''),
  duration_days    integer NOT NULL CHECK (duration_days BETWEEN 1 AND 60),
  default_capacity integer NOT NULL CHECK (default_capacity BETWEEN 1 AND 120),
  status           text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('DRAFT', 'ACTIVE', 'ARCHIVED')),
  list_price_cents bigint NOT NULL CHECK (list_price_cents >= 0),
  currency         text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id)
);
COMMENT ON TABLE backoffice.tour_templates IS 'What a tour is, without a date.';
COMMENT ON COLUMN backoffice.tour_templates.list_price_cents IS 'Gross price per person in hundredths of the currency.';

ALTER TABLE backoffice.tour_templates ENABLE ROW LEVEL SECURITY;
ALTER TABLE backoffice.tour_templates FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON backoffice.tour_templates
  USING (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON backoffice.tour_templates
  FOR EACH ROW EXECUTE FUNCTION backoffice.set_updated_at();
GRANT SELECT, INSERT, UPDATE, DELETE ON backoffice.tour_templates TO busflow_backoffice;
GRANT SELECT ON backoffice.tour_templates TO busflow_graphql;

CREATE TABLE backoffice.tour_departures (
  id               uuid PRIMARY KEY,
  tenant_id        uuid NOT NULL REFERENCES backoffice.operators (id),
  tour_template_id uuid NOT NULL,
  start_date       date NOT NULL,
  end_date         date NOT NULL,
  capacity         integer NOT NULL CHECK (capacity BETWEEN 1 AND 120),
  status           text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('DRAFT', 'READY', 'PUBLISHED', 'CANCELLED')),
  vehicle_id       uuid,
  driver_id        uuid,
  notes            text,
  published_at     timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, tour_template_id) REFERENCES backoffice.tour_templates (tenant_id, id),
  FOREIGN KEY (tenant_id, vehicle_id) REFERENCES backoffice.vehicles (tenant_id, id),
  FOREIGN KEY (tenant_id, driver_id) REFERENCES backoffice.crew_members (tenant_id, id),
  CONSTRAINT tour_departures_end_not_before_start CHECK (end_date >= start_date),
  CONSTRAINT tour_departures_ready_needs_vehicle CHECK (status NOT IN ('READY', 'PUBLISHED') OR vehicle_id IS NOT NULL),
  CONSTRAINT tour_departures_published_at_set CHECK (status <> 'PUBLISHED' OR published_at IS NOT NULL)
);
COMMENT ON TABLE backoffice.tour_departures IS 'A tour on a date. DRAFT and READY departures are known to the back office only.';
COMMENT ON COLUMN backoffice.tour_departures.end_date IS 'Last day of the tour, included.';
COMMENT ON COLUMN backoffice.tour_departures.published_at IS 'Set once, when the departure went on sale; kept after a cancellation.';

CREATE INDEX tour_departures_tenant_start ON backoffice.tour_departures (tenant_id, start_date);
CREATE INDEX tour_departures_template ON backoffice.tour_departures (tour_template_id);
CREATE INDEX tour_departures_vehicle ON backoffice.tour_departures (vehicle_id);
CREATE INDEX tour_departures_driver ON backoffice.tour_departures (driver_id);

ALTER TABLE backoffice.tour_departures ENABLE ROW LEVEL SECURITY;
ALTER TABLE backoffice.tour_departures FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON backoffice.tour_departures
  USING (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON backoffice.tour_departures
  FOR EACH ROW EXECUTE FUNCTION backoffice.set_updated_at();
GRANT SELECT, INSERT, UPDATE, DELETE ON backoffice.tour_departures TO busflow_backoffice;
GRANT SELECT ON backoffice.tour_departures TO busflow_graphql;
