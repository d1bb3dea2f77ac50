#!/bin/bash
# Becomes Redis with the password from /run/secrets/redis_password. Jobs are data: every write is on the disk within a second, and none is
# thrown away for want of memory.
set -euo pipefail
umask 077
{
  printf 'requirepass "%s"\n' "$(</run/secrets/redis_password)"
  printf 'maxmemory %s\n' "${REDIS_MAXMEMORY:-256mb}"
  cat <<'CONF'
bind * -::*
port 6379
dir /var/lib/redis
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
tcp-keepalive 60
CONF
} >/tmp/redis.conf
exec redis-server /tmp/redis.conf
