-- Security keys and passkeys (platform/security_key/security_key.hpp). Public keys: nothing here signs in.
CREATE TABLE identity.security_keys (
  id            uuid PRIMARY KEY,
  credential_id text NOT NULL UNIQUE,  -- base64url, as is the key
  user_id       uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
  public_key    text NOT NULL,
  algorithm     integer NOT NULL,
  sign_count    bigint NOT NULL DEFAULT 0,
  nickname      text NOT NULL DEFAULT '',
  created_at    timestamptz NOT NULL,
  last_used_at  timestamptz
);
CREATE INDEX security_keys_user ON identity.security_keys (user_id);

-- What was asked. Each question is answered once.
CREATE TABLE identity.security_key_questions (
  challenge  text PRIMARY KEY,
  purpose    text NOT NULL CHECK (purpose IN ('sign-in', 'sign-up', 'add', 'elevate')),
  user_id    uuid,  -- of who has to answer; none for a sign-in
  email      text NOT NULL DEFAULT '',
  expires_at timestamptz NOT NULL
);
CREATE INDEX security_key_questions_expiry ON identity.security_key_questions (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.security_keys TO busflow_identity;
GRANT SELECT, INSERT, DELETE ON identity.security_key_questions TO busflow_identity;
