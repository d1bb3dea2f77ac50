#!/bin/bash
# Becomes n8n. Its own secrets come from files by names that end in _FILE; what workflows verify webhooks with is a variable to them.
set -euo pipefail
BUSFLOW_SIGNING_SECRET=$(</run/secrets/automation_signing_secret)
export BUSFLOW_SIGNING_SECRET
exec node /srv/n8n/node_modules/n8n/bin/n8n start
