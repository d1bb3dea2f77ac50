\set id random(1, 2000)
select json_build_object('backoffice_tour_templates_by_pk', (select row_to_json(r) from (select t.id, t.name) r)) from backoffice.tour_templates t where t.tenant_id = '@TENANT@' and t.id = ('00000000-0000-8000-8000-' || lpad(:id::text, 12, '0'))::uuid;
