#!/usr/bin/env bash
# The cluster tests, on an engine of their own. usage: tests/cluster/run.sh [BUILD_FOLDER] [--deploy|--quorum|--automation]      (build/dev)
# Without more: deployments, then hosts that are lost.
# --deploy: only deployments, about 13 minutes.
# --quorum: only hosts that are lost, about 7 minutes. With CLUSTER_IMAGES_ARE_BUILT=yes, the images are those of the run before.
# --automation: n8n in the Swarm, whose image takes 1.3 GB of npm packages.
# Ends with 77 where containers cannot be run at all, as in a container without privileges; it says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/dev}
export PATH=$PATH:/usr/sbin
if ! unshare --mount --net --pid --fork mount -t tmpfs none /mnt 2>/dev/null || ! iptables --table nat --list-rules >/dev/null 2>&1; then
  echo "this machine may not run containers: that needs root, CAP_SYS_ADMIN, CAP_NET_ADMIN and iptables" >&2
  exit 77
fi
suites=(deploy quorum)
[[ ${2:-} != --* ]] || suites=("${2#--}")
for suite in "${suites[@]}"; do
  echo "--- $suite"
  python3 -B "tests/cluster/${suite}_test.py" "$build/apps/ctl/busflowctl" "$build"
  export CLUSTER_IMAGES_ARE_BUILT=yes  # by the suite before, on the same engine
done
