-- The tenant itself. Everything else in Busflow carries tenant_id = operators.id.
CREATE SCHEMA backoffice;
GRANT USAGE ON SCHEMA backoffice TO busflow_backoffice, busflow_graphql;

CREATE FUNCTION backoffice.set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

CREATE TABLE backoffice.operators (
  id                uuid PRIMARY KEY,
  name              text NOT NULL CHECK (name <> ''),
  legal_name        text NOT NULL,
  city              text NOT NULL,
  country           text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  default_locale    text NOT NULL DEFAULT 'de-DE',
  default_currency  text NOT NULL DEFAULT 'EUR' CHECK (default_currency ~ '^[A-Z]{3}$'),
  status            text NOT NULL DEFAULT 'ONBOARDING'
                    CHECK (status IN ('ONBOARDING', 'ACTIVE', 'SUSPENDED', 'CHURNED')),
  subscription_tier text NOT NULL DEFAULT 'CORE' CHECK (subscription_tier IN ('CORE', 'PRO', 'ENTERPRISE')),
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE backoffice.operators IS 'Coach operators: the tenants of Busflow.';
COMMENT ON COLUMN backoffice.operators.country IS 'ISO 3166-1 alpha-2.';
COMMENT ON COLUMN backoffice.operators.default_currency IS 'ISO 4217.';

ALTER TABLE backoffice.operators ENABLE ROW LEVEL SECURITY;
ALTER TABLE backoffice.operators FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON backoffice.operators
  USING (id = nullif(current_setting('busflow.tenant_id', true), '')::uuid)
  WITH CHECK (id = nullif(current_setting('busflow.tenant_id', true), '')::uuid);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON backoffice.operators
  FOR EACH ROW EXECUTE FUNCTION backoffice.set_updated_at();
GRANT SELECT, INSERT, UPDATE, DELETE ON backoffice.operators TO busflow_backoffice;
GRANT SELECT ON backoffice.operators TO busflow_graphql;
