#!/bin/bash
# Makes the data directory on the first start, brings roles and the database up to what the secrets say at every start, then becomes PostgreSQL.
# Secrets, under /run/secrets: postgres_certificate and postgres_key (TLS), and the password of each role as database_<role>_password.
# A data directory that is not empty and holds no database is refused: it may be a volume that is not mounted right.
set -euo pipefail
sockets=/tmp
fail() { printf 'error: %s\n  -> %s\n' "$1" "$2" >&2; exit 1; }

prepare_data() {
  [[ -s $PGDATA/PG_VERSION ]] && return
  [[ ! -e $PGDATA ]] || fail "$PGDATA is there, but holds no database" "see what is in the volume; move it away to begin anew"
  rm -rf "$PGDATA.partial"
  initdb --pgdata="$PGDATA.partial" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --data-checksums --no-instructions --auth=reject
  printf "\ninclude 'busflow.conf'\n" >>"$PGDATA.partial/postgresql.conf"
  mv "$PGDATA.partial" "$PGDATA"  # Last: an interrupted initdb leaves nothing half-made.
}

configure() {
  install -m 600 /run/secrets/postgres_key /tmp/server.key
  install -m 644 /run/secrets/postgres_certificate /tmp/server.crt
  cat >"$PGDATA/pg_hba.conf" <<'HBA'
local   all all peer
hostssl all all all scram-sha-256
HBA
  # A keepalive well below the 900 s after which connections that are idle are forgotten on the way.
  cat >"$PGDATA/busflow.conf" <<CONF
listen_addresses = '*'
unix_socket_directories = '$sockets'
ssl = on
ssl_cert_file = '/tmp/server.crt'
ssl_key_file = '/tmp/server.key'
password_encryption = 'scram-sha-256'
max_connections = ${POSTGRES_MAX_CONNECTIONS:-200}
shared_buffers = '${POSTGRES_SHARED_BUFFERS:-256MB}'
wal_level = logical
max_slot_wal_keep_size = '1GB'
shared_preload_libraries = 'pg_cron'
cron.database_name = 'busflow'
cron.host = '$sockets'
tcp_keepalives_idle = 60
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
CONF
}

# Passwords reach the server by a pipe, never by a command line; SET keeps them out of its log.
statements() {
  local role attributes password
  echo "SET log_statement = 'none'; SET log_min_error_statement = 'panic';"
  while read -r role attributes; do
    [[ -r /run/secrets/database_${role}_password ]] || continue
    password=$(</run/secrets/database_"${role}"_password)
    password=${password//\'/\'\'}
    printf "DO \$do\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'busflow_%s') THEN CREATE ROLE busflow_%s; END IF; END \$do\$;\n" "$role" "$role"
    printf "ALTER ROLE busflow_%s %s PASSWORD '%s';\n" "$role" "$attributes" "$password"
  done <<'ROLES'
owner LOGIN CREATEROLE
service LOGIN NOINHERIT
graphql LOGIN NOINHERIT
change_feed LOGIN REPLICATION
backup LOGIN BYPASSRLS
exporter LOGIN
n8n LOGIN
ROLES
  echo "SELECT 'CREATE DATABASE busflow OWNER busflow_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'busflow') \\gexec"
  # A schema that has the name of a role would be searched first by it; only n8n may make schemas, and it shall not be able to pose as ours.
  echo "ALTER DATABASE busflow SET search_path = public;"
  echo "DO \$do\$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'busflow_backup') THEN GRANT pg_read_all_data TO busflow_backup; END IF;"
  echo "IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'busflow_exporter') THEN GRANT pg_monitor TO busflow_exporter; END IF; END \$do\$;"
}

bring_up_to_date() {
  pg_ctl --pgdata="$PGDATA" --wait --silent --options="-c listen_addresses= -c cron.launch_active_jobs=off" start
  statements | psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host="$sockets" --username=postgres --dbname=postgres >/dev/null
  {
    echo 'CREATE EXTENSION IF NOT EXISTS vector; CREATE EXTENSION IF NOT EXISTS pg_cron;'
    # n8n has a schema of its own and reads no other; it is in this database so that the nightly dump has it, too. At each start it makes the schema
    # if it is not there, which PostgreSQL refuses to whoever may not make any, also when it is.
    [[ ! -r /run/secrets/database_n8n_password ]] ||
      echo 'CREATE SCHEMA IF NOT EXISTS n8n AUTHORIZATION busflow_n8n; GRANT CREATE ON DATABASE busflow TO busflow_n8n;'
  } |
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host="$sockets" --username=postgres --dbname=busflow >/dev/null
  pg_ctl --pgdata="$PGDATA" --wait --silent --mode=fast stop
}

prepare_data
configure
bring_up_to_date
exec postgres -D "$PGDATA"
