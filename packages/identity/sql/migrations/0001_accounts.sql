-- Who may sign in, and to which operator.
CREATE SCHEMA identity;
GRANT USAGE ON SCHEMA identity TO busflow_identity;

-- The operator as far as signing in needs it; the rest of it is backoffice.operators, with the same id.
CREATE TABLE identity.tenants (
  id         uuid PRIMARY KEY,
  name       text NOT NULL CHECK (name <> ''),
  plan       text NOT NULL DEFAULT 'CORE' CHECK (plan IN ('CORE', 'PRO', 'ENTERPRISE')),
  is_active  boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- People, across operators: one person may work for several.
CREATE TABLE identity.users (
  id            uuid PRIMARY KEY,
  email         text NOT NULL CHECK (email LIKE '%_@_%'),
  display_name  text NOT NULL,
  locale        text NOT NULL DEFAULT 'de',
  password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
  is_disabled   boolean NOT NULL DEFAULT false,
  created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON identity.users (lower(email));

CREATE TABLE identity.memberships (
  tenant_id     uuid NOT NULL REFERENCES identity.tenants,
  user_id       uuid NOT NULL REFERENCES identity.users,
  default_role  text NOT NULL CHECK (default_role IN ('manager', 'dispatcher', 'driver')),
  allowed_roles text[] NOT NULL CHECK (default_role = ANY (allowed_roles)),
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX memberships_user ON identity.memberships (user_id);

-- A family is a sign-in with all refresh tokens that followed from it. Only the SHA-256 of a token is kept.
CREATE TABLE identity.refresh_tokens (
  id         uuid PRIMARY KEY,
  family_id  uuid NOT NULL,
  tenant_id  uuid NOT NULL,
  user_id    uuid NOT NULL,
  token_hash text NOT NULL UNIQUE CHECK (length(token_hash) = 64),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  revoked_at timestamptz,
  FOREIGN KEY (tenant_id, user_id) REFERENCES identity.memberships ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_family ON identity.refresh_tokens (family_id);
CREATE INDEX refresh_tokens_member ON identity.refresh_tokens (tenant_id, user_id);
CREATE INDEX refresh_tokens_expiry ON identity.refresh_tokens (expires_at);

-- Before sign-in there is no tenant yet, so this context's own role may look across them then. With a tenant set, as in everything
-- that happens for a signed-in user, the rows of other tenants are out of reach.
ALTER TABLE identity.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON identity.tenants
  USING (coalesce(id = nullif(current_setting('busflow.tenant_id', true), '')::uuid, true));
ALTER TABLE identity.memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON identity.memberships
  USING (coalesce(tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid, true));
ALTER TABLE identity.refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.refresh_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON identity.refresh_tokens
  USING (coalesce(tenant_id = nullif(current_setting('busflow.tenant_id', true), '')::uuid, true));

GRANT SELECT, INSERT, UPDATE ON identity.tenants, identity.users TO busflow_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.memberships, identity.refresh_tokens TO busflow_identity;
