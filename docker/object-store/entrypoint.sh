#!/bin/bash
# Becomes the S3 server; its secret key and certificate come from secrets. Buckets are folders; those that are missing are made.
set -euo pipefail
ROOT_ACCESS_KEY=$(</run/configs/object_store_access_key)
ROOT_SECRET_KEY=$(</run/secrets/object_store_secret_key)
export ROOT_ACCESS_KEY ROOT_SECRET_KEY
mkdir -p /var/lib/objects/busflow-backups /var/lib/objects/busflow-files
exec versitygw --port :9000 --health /health --cert /run/secrets/object_store_certificate --key /run/secrets/object_store_key --quiet posix /var/lib/objects
