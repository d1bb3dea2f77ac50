-- Five million rows beside the sample.
CREATE TABLE commerce.bookings (id bigint GENERATED ALWAYS AS IDENTITY, booked_on date NOT NULL, seats int NOT NULL, price numeric(8, 2) NOT NULL,
  total numeric(10, 2) GENERATED ALWAYS AS (seats * price) STORED, passenger text NOT NULL) PARTITION BY RANGE (booked_on);
CREATE TABLE commerce.bookings_first PARTITION OF commerce.bookings FOR VALUES FROM ('2025-01-01') TO ('2025-07-01');
CREATE TABLE commerce.bookings_second PARTITION OF commerce.bookings FOR VALUES FROM ('2025-07-01') TO ('2026-01-01');
INSERT INTO commerce.bookings (booked_on, seats, price, passenger)
  SELECT date '2025-01-01' + n % 365, 1 + n % 4, 10 + n % 50, 'Passagier ' || n FROM generate_series(1, 5000000) n;
ALTER TABLE commerce.bookings ADD PRIMARY KEY (id, booked_on);
CREATE INDEX ON commerce.bookings (booked_on);
COMMENT ON TABLE commerce.bookings IS 'Buchungen · réservations · резервации · κρατήσεις · 预订';
CREATE MATERIALIZED VIEW commerce.months AS SELECT date_trunc('month', booked_on) AS month, count(*) FROM commerce.bookings GROUP BY 1;
