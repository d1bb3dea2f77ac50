-- Files that people upload. Their bytes are in a blob store, under a key that is never used again.
CREATE SCHEMA files;
GRANT USAGE ON SCHEMA files TO busflow_files;

-- What may go where; the same for all operators.
CREATE TABLE files.buckets (
  id                     text PRIMARY KEY,
  min_upload_file_size   bigint NOT NULL DEFAULT 1 CHECK (min_upload_file_size >= 0),
  max_upload_file_size   bigint NOT NULL DEFAULT 50000000,
  download_expiration    integer NOT NULL DEFAULT 30 CHECK (download_expiration > 0),  -- seconds
  cache_control          text NOT NULL DEFAULT 'max-age=3600',
  presigned_urls_enabled boolean NOT NULL DEFAULT true,
  CHECK (max_upload_file_size >= min_upload_file_size)
);
INSERT INTO files.buckets (id) VALUES ('default');
GRANT SELECT ON files.buckets TO busflow_files;

-- Every key before its bytes are written, and after its file is gone until the bytes are too: nothing is ever lost in the store.
CREATE TABLE files.blobs (
  key        text PRIMARY KEY,
  state      text NOT NULL CHECK (state IN ('WRITING', 'IN_USE', 'GARBAGE')),
  changed_at timestamptz NOT NULL
);
CREATE INDEX blobs_state ON files.blobs (state, changed_at) WHERE state <> 'IN_USE';
GRANT SELECT, INSERT, UPDATE, DELETE ON files.blobs TO busflow_files;

CREATE TABLE files.files (
  id                  uuid PRIMARY KEY,
  tenant_id           uuid,  -- none: of a person who belongs to no operator
  bucket_id           text NOT NULL REFERENCES files.buckets,
  name                text NOT NULL CHECK (name <> ''),
  size                bigint NOT NULL CHECK (size >= 0),
  mime_type           text NOT NULL,
  etag                text NOT NULL,
  blob_key            text NOT NULL UNIQUE REFERENCES files.blobs,
  uploaded_by_user_id uuid,
  metadata            jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
  created_at          timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL
);
CREATE INDEX files_tenant ON files.files (tenant_id, created_at);
CREATE INDEX files_uploader ON files.files (uploaded_by_user_id);

-- With a tenant set, only its files are in reach; without one, those of no operator. Staff look at all; so does whoever holds a signed
-- address, for the one file that it names.
ALTER TABLE files.files ENABLE ROW LEVEL SECURITY;
ALTER TABLE files.files FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON files.files
  USING (tenant_id IS NOT DISTINCT FROM nullif(current_setting('busflow.tenant_id', true), '')::uuid
         OR coalesce(current_setting('busflow.role', true), '') IN ('busflow_staff', 'busflow_signed_address'));
GRANT SELECT, INSERT, UPDATE, DELETE ON files.files TO busflow_files;
