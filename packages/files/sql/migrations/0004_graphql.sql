-- Lists of files are read through GraphQL, without where their bytes are.
GRANT USAGE ON SCHEMA files TO busflow_graphql;
GRANT SELECT (id, tenant_id, bucket_id, name, size, mime_type, etag, uploaded_by_user_id, metadata, created_at, updated_at)
  ON files.files TO busflow_graphql;
