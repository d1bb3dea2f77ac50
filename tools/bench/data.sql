-- 2,000 tour templates with 5 departures each, of which each has 10 service legs, all of the demo's first operator.
\set tenant '(select id from backoffice.operators where name = ''Bruning Reisen GmbH'')'
insert into backoffice.tour_templates (id, tenant_id, name, destination, description, duration_days, default_capacity, list_price_cents, status)
  select ('00000000-0000-8000-8000-' || lpad(i::text, 12, '0'))::uuid, :tenant, 'Tour ' || i, 'Prag', 'A tour.', 3, 44, 19900, 'ACTIVE'
  from generate_series(1, 2000) i;
insert into backoffice.tour_departures (id, tenant_id, tour_template_id, start_date, end_date, capacity, status)
  select ('00000000-0000-8000-8001-' || lpad(i::text, 12, '0'))::uuid, :tenant,
    ('00000000-0000-8000-8000-' || lpad((1 + i % 2000)::text, 12, '0'))::uuid, date '2030-01-01' + i % 300, date '2030-01-03' + i % 300, 44, 'DRAFT'
  from generate_series(1, 10000) i;
insert into operations.service_legs (id, tenant_id, tour_departure_id, leg_type, sequence, scheduled_start, scheduled_end)
  select ('00000000-0000-8000-8002-' || lpad(i::text, 12, '0'))::uuid, :tenant,
    ('00000000-0000-8000-8001-' || lpad((1 + i % 10000)::text, 12, '0'))::uuid, (array['PICKUP', 'TRANSIT', 'DROPOFF'])[1 + i % 3],
    1 + (i - 1) / 10000,
    timestamptz '2030-01-01 06:00Z' + i % 300 * interval '1 day', timestamptz '2030-01-01 08:00Z' + i % 300 * interval '1 day'
  from generate_series(1, 100000) i;
analyze;
