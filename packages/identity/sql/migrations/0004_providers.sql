-- Accounts elsewhere that somebody signs in with.
CREATE TABLE identity.user_providers (
  provider   text NOT NULL,
  subject    text NOT NULL CHECK (subject <> '' AND length(subject) <= 255),
  user_id    uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
  email      text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  PRIMARY KEY (provider, subject)
);
CREATE INDEX user_providers_user ON identity.user_providers (user_id);
GRANT SELECT, INSERT, DELETE ON identity.user_providers TO busflow_identity;
