-- Uploads that may be cut and go on later (tus 1.0). What has come is kept in pieces; the last one makes a file of them.
CREATE TABLE files.uploads (
  id             uuid PRIMARY KEY,  -- also the id of the file
  tenant_id      uuid,
  user_id        uuid NOT NULL,
  bucket_id      text NOT NULL REFERENCES files.buckets,
  name           text NOT NULL,
  mime_type      text NOT NULL DEFAULT '',
  metadata       jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
  length         bigint NOT NULL CHECK (length >= 0),
  received       bigint NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND length),
  is_done        boolean NOT NULL DEFAULT false,
  expires_at     timestamptz NOT NULL
);
CREATE INDEX uploads_tenant ON files.uploads (tenant_id, expires_at);

-- The bytes of a piece are swept like those of any upload that did not end; the piece goes with them.
CREATE TABLE files.upload_pieces (
  upload_id uuid NOT NULL REFERENCES files.uploads ON DELETE CASCADE,
  first     bigint NOT NULL,
  size      bigint NOT NULL CHECK (size > 0),
  blob_key  text NOT NULL UNIQUE REFERENCES files.blobs ON DELETE CASCADE,
  PRIMARY KEY (upload_id, first)
);

ALTER TABLE files.uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE files.uploads FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON files.uploads
  USING (tenant_id IS NOT DISTINCT FROM nullif(current_setting('busflow.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON files.uploads TO busflow_files;
-- Reached by way of their upload only.
GRANT SELECT, INSERT, DELETE ON files.upload_pieces TO busflow_files;
