-- The staff of the platform: people of no operator, so their sign-ins have no tenant.
CREATE TABLE identity.staff (
  user_id    uuid PRIMARY KEY REFERENCES identity.users,
  created_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, DELETE ON identity.staff TO busflow_identity;

ALTER TABLE identity.refresh_tokens ALTER COLUMN tenant_id DROP NOT NULL;

-- With a tenant set, rows without one are as far out of reach as those of another.
DROP POLICY tenant ON identity.refresh_tokens;
CREATE POLICY tenant ON identity.refresh_tokens
  USING (nullif(current_setting('busflow.tenant_id', true), '') IS NULL
         OR coalesce(tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid, false));
ALTER TABLE identity.staff ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.staff FORCE ROW LEVEL SECURITY;
CREATE POLICY no_tenant ON identity.staff USING (nullif(current_setting('busflow.tenant_id', true), '') IS NULL);
