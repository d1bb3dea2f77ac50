-- Accounts that are made by the people themselves, and the ways to sign in besides a password.
ALTER TABLE identity.users
  ALTER COLUMN email DROP NOT NULL,
  ALTER COLUMN password_hash DROP NOT NULL,
  DROP CONSTRAINT users_password_hash_check,
  ADD CONSTRAINT users_password_hash_check CHECK (password_hash LIKE '$argon2id$%' OR password_hash ~ '^\$2[aby]\$'),
  ADD COLUMN email_verified        boolean NOT NULL DEFAULT false,
  ADD COLUMN new_email             text CHECK (new_email LIKE '%_@_%'),
  ADD COLUMN phone_number          text UNIQUE CHECK (phone_number ~ '^\+[1-9][0-9]{6,14}$'),
  ADD COLUMN phone_number_verified boolean NOT NULL DEFAULT false,
  ADD COLUMN avatar_url            text NOT NULL DEFAULT '',
  ADD COLUMN metadata              jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
  ADD COLUMN is_anonymous          boolean NOT NULL DEFAULT false,
  ADD COLUMN active_mfa_type       text NOT NULL DEFAULT '' CHECK (active_mfa_type IN ('', 'totp')),
  ADD COLUMN totp_secret           text,      -- sealed (platform/crypto/vault.hpp)
  ADD COLUMN totp_last_step        bigint NOT NULL DEFAULT 0;  -- a code works once
-- Whoever is here before this migration was entered by hand.
UPDATE identity.users SET email_verified = true;

-- What a link in an e-mail carries. Only its SHA-256 is kept; it works once.
CREATE TABLE identity.tickets (
  ticket_hash text PRIMARY KEY CHECK (length(ticket_hash) = 64),
  user_id     uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
  purpose     text NOT NULL CHECK (purpose IN ('verifyEmail', 'passwordlessEmail', 'passwordReset', 'emailConfirmChange', 'mfaTotp')),
  expires_at  timestamptz NOT NULL
);
CREATE INDEX tickets_user ON identity.tickets (user_id);
CREATE INDEX tickets_expiry ON identity.tickets (expires_at);

-- Codes to type in. One at a time for each channel; after too many wrong guesses it is worth nothing.
CREATE TABLE identity.one_time_codes (
  user_id    uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
  channel    text NOT NULL CHECK (channel IN ('EMAIL', 'SMS')),
  code_hash  text NOT NULL CHECK (length(code_hash) = 64),
  expires_at timestamptz NOT NULL,
  attempts   integer NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, channel)
);

-- For those who lost their authenticator. Each works once.
CREATE TABLE identity.recovery_codes (
  user_id   uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
  code_hash text NOT NULL CHECK (length(code_hash) = 64),
  PRIMARY KEY (user_id, code_hash)
);

-- Personal access tokens are refresh tokens that are not rotated.
ALTER TABLE identity.refresh_tokens
  ADD COLUMN kind           text NOT NULL DEFAULT 'regular' CHECK (kind IN ('regular', 'pat')),
  ADD COLUMN metadata       jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN user_agent     text NOT NULL DEFAULT '',
  ADD COLUMN remote_address text NOT NULL DEFAULT '';

-- What an auditor asks for: who did what to an account, and from where.
CREATE TABLE identity.security_events (
  id             uuid PRIMARY KEY,
  user_id        uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
  event          text NOT NULL,
  remote_address text NOT NULL DEFAULT '',
  happened_at    timestamptz NOT NULL
);
CREATE INDEX security_events_user ON identity.security_events (user_id, happened_at);

-- People are of no operator, so the second lock on their rows is the role: no other context may touch these tables.
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.tickets, identity.one_time_codes, identity.recovery_codes TO busflow_identity;
GRANT SELECT, INSERT ON identity.security_events TO busflow_identity;

-- E-mails and SMS that are asked for (platform/outbox/outbox.hpp).
CREATE TABLE identity.outbox (
  sequence    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id          uuid NOT NULL UNIQUE,
  event_name  text NOT NULL,
  tenant_id   uuid NOT NULL,
  payload     jsonb NOT NULL,
  traceparent text NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL DEFAULT now(),
  relayed_at  timestamptz
);
CREATE INDEX outbox_pending ON identity.outbox (sequence) WHERE relayed_at IS NULL;
CREATE INDEX outbox_tenant ON identity.outbox (tenant_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.outbox TO busflow_identity;

CREATE FUNCTION identity.announce_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('busflow_outbox', TG_TABLE_SCHEMA);
  RETURN NULL;
END
$$;
CREATE TRIGGER announce AFTER INSERT ON identity.outbox
  FOR EACH STATEMENT EXECUTE FUNCTION identity.announce_outbox();
