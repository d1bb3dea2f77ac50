#!/bin/sh
# Run by `busflow-local run --exec`, see tools/test.py.
set -e
cd "$(dirname "$0")"
npm --prefix ../../apps/web run schema -- --check
exec npm test
