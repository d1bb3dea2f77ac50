#!/bin/sh
# Starts the product without its web app in a temporary folder, and Nhost's SDK against it.
# usage: run.sh BINARY
set -e
cd "$(dirname "$0")"
# One machine asks for everything here.
export BUSFLOW_AUTH_SIGN_UPS_BY_ADDRESS=10000 BUSFLOW_AUTH_MESSAGES_BY_ADDRESS=10000 BUSFLOW_AUTH_FAILED_SIGN_INS_BY_ADDRESS=10000
exec ../../tools/local/busflow-local run --temporary --no-web --port 0 --binary "$1" --exec node --test --test-reporter=spec
