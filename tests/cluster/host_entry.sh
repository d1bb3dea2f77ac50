#!/bin/sh
# Entry point of a container that plays a server: its own /sys and cgroup mounts, then a Docker engine of its own.
set -eu
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then # cgroup v1; with v2, the container's own tree is there already
  umount -R /sys/fs/cgroup 2>/dev/null || true
  umount /sys
  mount -t sysfs sysfs /sys
  mount -t tmpfs tmpfs /sys/fs/cgroup
  for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
    grep -q "^$controller	" /proc/cgroups || continue
    mkdir -p "/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller"
  done
  mkdir -p /sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
fi
rm -f /var/run/docker.pid
exec dockerd --storage-driver=overlay2 --host unix:///var/run/docker.sock --host unix:///shared/docker.sock --insecure-registry "$REGISTRY"
