CREATE SCHEMA commerce;
GRANT USAGE ON SCHEMA commerce TO busflow_commerce, busflow_graphql;

CREATE FUNCTION commerce.set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

-- What is on sale. Title, dates and price are copies from the publish event: commerce never asks the back office.
CREATE TABLE commerce.tour_offerings (
  id                uuid PRIMARY KEY,
  tenant_id         uuid NOT NULL,
  tour_departure_id uuid NOT NULL,
  tour_template_id  uuid NOT NULL,
  title             text NOT NULL,
  destination       text NOT NULL,
  start_date        date NOT NULL,
  end_date          date NOT NULL CHECK (end_date >= start_date),
  capacity          integer NOT NULL CHECK (capacity > 0),
  list_price_cents  bigint NOT NULL CHECK (list_price_cents >= 0),
  currency          text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  status            text NOT NULL DEFAULT 'SCHEDULED'
                    CHECK (status IN ('SCHEDULED', 'SOLD_OUT', 'COMPLETED', 'CANCELLED')),
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tour_offerings_one_per_departure UNIQUE (tenant_id, tour_departure_id)
);
COMMENT ON TABLE commerce.tour_offerings IS 'A published departure as it is sold.';
COMMENT ON COLUMN commerce.tour_offerings.tour_departure_id IS 'backoffice.tour_departures, without a foreign key.';
COMMENT ON COLUMN commerce.tour_offerings.tour_template_id IS 'backoffice.tour_templates, without a foreign key.';
COMMENT ON COLUMN commerce.tour_offerings.list_price_cents IS 'Gross price per person in hundredths of the currency.';

ALTER TABLE commerce.tour_offerings ENABLE ROW LEVEL SECURITY;
ALTER TABLE commerce.tour_offerings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON commerce.tour_offerings
  USING (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON commerce.tour_offerings
  FOR EACH ROW EXECUTE FUNCTION commerce.set_updated_at();
CREATE INDEX tour_offerings_tenant_start ON commerce.tour_offerings (tenant_id, start_date);
GRANT SELECT, INSERT, UPDATE, DELETE ON commerce.tour_offerings TO busflow_commerce;
GRANT SELECT ON commerce.tour_offerings TO busflow_graphql;
