#!/usr/bin/env bash
# All cluster tests, on an engine of their own. usage: tests/cluster/run.sh [BUILD_FOLDER]      (build/dev)
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/dev}
for suite in deploy quorum; do
  echo "--- $suite"
  python3 -B "tests/cluster/${suite}_test.py" "$build/apps/ctl/busflowctl" "$build"
done
