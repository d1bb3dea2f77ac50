-- A little of everything that a dump must bring back.
CREATE EXTENSION pg_trgm;
CREATE SCHEMA backoffice;
CREATE SCHEMA commerce;
CREATE SCHEMA operations;
CREATE SCHEMA communications;
CREATE SCHEMA identity;
CREATE SCHEMA files;

CREATE TABLE backoffice.operators (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
COMMENT ON TABLE backoffice.operators IS 'Busunternehmen · autocaristes · 巴士公司 · автобусные операторы';
INSERT INTO backoffice.operators (name) SELECT 'Operator ' || n FROM generate_series(1, 20) n;

CREATE TABLE backoffice.vehicles (
  id bigserial PRIMARY KEY, operator_id bigint NOT NULL REFERENCES backoffice.operators, plate text NOT NULL UNIQUE,
  seats int NOT NULL CHECK (seats > 0), seats_sold int NOT NULL DEFAULT 0, seats_free int GENERATED ALWAYS AS (seats - seats_sold) STORED);
COMMENT ON COLUMN backoffice.vehicles.plate IS 'Kennzeichen — plaque d''immatriculation — 車牌';
INSERT INTO backoffice.vehicles (operator_id, plate, seats) SELECT 1 + n % 20, 'BF-' || n, 20 + n % 40 FROM generate_series(1, 500) n;
CREATE INDEX vehicles_plate_trigrams ON backoffice.vehicles USING gin (plate gin_trgm_ops);

CREATE TABLE commerce.tickets (id bigserial, sold_on date NOT NULL, vehicle_id bigint, price numeric(8, 2) NOT NULL, note text, PRIMARY KEY (id, sold_on))
  PARTITION BY RANGE (sold_on);
CREATE TABLE commerce.tickets_2025 PARTITION OF commerce.tickets FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE commerce.tickets_2026 PARTITION OF commerce.tickets FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO commerce.tickets (sold_on, vehicle_id, price, note)
  SELECT date '2025-01-01' + (n % 700), 1 + n % 500, n % 90, repeat(md5(n::text), 3) FROM generate_series(1, 5000) n;
CREATE MATERIALIZED VIEW commerce.sales AS SELECT vehicle_id AS vehicle, sum(price) AS total FROM commerce.tickets GROUP BY vehicle_id;
CREATE UNIQUE INDEX ON commerce.sales (vehicle);

CREATE TABLE operations.service_legs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), vehicle_id bigint, departs_at timestamptz NOT NULL);
INSERT INTO operations.service_legs (vehicle_id, departs_at) SELECT 1 + n % 500, now() FROM generate_series(1, 1000) n;
CREATE SEQUENCE operations.voucher_numbers START 1000;
SELECT nextval('operations.voucher_numbers') FROM generate_series(1, 37);

CREATE TABLE communications.messages (id bigserial PRIMARY KEY, body jsonb NOT NULL, attachment oid);
INSERT INTO communications.messages (body, attachment) SELECT jsonb_build_object('n', n), lo_from_bytea(0, decode(md5(n::text), 'hex')) FROM generate_series(1, 50) n;

CREATE TABLE identity.accounts (id bigserial PRIMARY KEY, operator bigint NOT NULL, email text NOT NULL);
INSERT INTO identity.accounts (operator, email) SELECT 1 + n % 20, n || '@example.org' FROM generate_series(1, 100) n;
CREATE TABLE files.documents (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO files.documents SELECT n, 'document ' || n FROM generate_series(1, 10) n;
ALTER TABLE identity.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON identity.accounts TO sample_group USING (operator = 1);
ALTER TABLE identity.accounts OWNER TO sample_owner;
GRANT SELECT ON identity.accounts TO sample_reader;
GRANT USAGE ON SCHEMA identity TO sample_owner, sample_reader;
CREATE FUNCTION identity.account_count() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM identity.accounts';
