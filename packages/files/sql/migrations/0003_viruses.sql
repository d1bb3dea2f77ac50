-- What a scanner found in uploads, none of which became a file.
CREATE TABLE files.viruses (
  id        uuid PRIMARY KEY,
  tenant_id uuid,
  user_id   uuid,
  file_name text NOT NULL,
  virus     text NOT NULL,
  found_at  timestamptz NOT NULL
);
CREATE INDEX viruses_tenant ON files.viruses (tenant_id, found_at);
ALTER TABLE files.viruses ENABLE ROW LEVEL SECURITY;
ALTER TABLE files.viruses FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON files.viruses
  USING (tenant_id IS NOT DISTINCT FROM nullif(current_setting('busflow.tenant_id', true), '')::uuid
         OR coalesce(current_setting('busflow.role', true), '') = 'busflow_staff');
GRANT SELECT, INSERT ON files.viruses TO busflow_files;
