#!/bin/bash
# Healthy once the server answers on its network address: not while roles are brought up to date, when it listens on the socket only.
pg_isready --quiet --host="$(hostname)" --timeout=2 || { echo "PostgreSQL does not answer on $(hostname):5432"; exit 1; }
