#!/bin/bash
# Becomes the exporter of PostgreSQL's metrics, on the port that the health check asks.
set -euo pipefail
export DATA_SOURCE_URI="postgres:5432/busflow?sslmode=verify-full&sslrootcert=/run/secrets/internal_ca" DATA_SOURCE_USER=busflow_exporter \
  DATA_SOURCE_PASS_FILE=/run/secrets/database_exporter_password
exec prometheus-postgres-exporter --web.listen-address=:9100
