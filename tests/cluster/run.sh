#!/usr/bin/env bash
# All cluster tests, on an engine of their own. usage: tests/cluster/run.sh [BUILD_FOLDER]      (build/dev)
# Ends with 77 where containers cannot be run at all, as in a container without privileges; it says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/dev}
export PATH=$PATH:/usr/sbin
if ! unshare --mount --net --pid --fork mount -t tmpfs none /mnt 2>/dev/null || ! iptables --table nat --list-rules >/dev/null 2>&1; then
  echo "this machine may not run containers: that needs root, CAP_SYS_ADMIN, CAP_NET_ADMIN and iptables" >&2
  exit 77
fi
for suite in deploy quorum; do
  echo "--- $suite"
  python3 -B "tests/cluster/${suite}_test.py" "$build/apps/ctl/busflowctl" "$build"
done
