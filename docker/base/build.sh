#!/usr/bin/env bash
# Makes the base images that the Dockerfiles here start from, where no registry can be reached: a minimal Debian by debootstrap, trimmed as the
# official slim images are. An image that is there already is left alone.
# usage: docker/base/build.sh [RELEASE …]        (bookworm trixie)      DEBIAN_MIRROR=URL chooses another mirror
set -euo pipefail

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
work=
trap '[[ -z $work ]] || rm -rf --one-file-system "$work"' EXIT

fail() { printf 'error: %s\n  -> %s\n' "$1" "$2" >&2; exit 1; }

build() { # release
  local release=$1 name=debian:$1-slim
  if docker image inspect "$name" >/dev/null 2>&1; then
    echo "$name is there"
    return
  fi
  echo "making $name …"
  work=$(mktemp -d)
  debootstrap --variant=minbase --include=ca-certificates "$release" "$work" "$mirror" >"$work.log" 2>&1 ||
    { tail -5 "$work.log" >&2; fail "debootstrap of $release failed" "read $work.log; is $mirror reachable?"; }
  rm -rf "$work.log" "$work"/var/cache/apt/archives/*.deb "$work"/var/lib/apt/lists/* "$work"/usr/share/{doc,info,man}/* \
    "$work"/var/log/{bootstrap,dpkg,alternatives,apt/term,apt/history}.log "$work"/var/cache/apt/*.bin
  find "$work"/usr/share/locale -mindepth 1 -maxdepth 1 ! -name 'en*' -exec rm -rf {} +
  cat >"$work/etc/dpkg/dpkg.cfg.d/slim" <<'EXCLUDES'
path-exclude /usr/share/doc/*
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
EXCLUDES
  printf 'deb %s %s main\ndeb %s %s-updates main\n' "$mirror" "$release" "$mirror" "$release" >"$work/etc/apt/sources.list"
  tar -C "$work" --sort=name --numeric-owner --create . |
    docker import --change 'CMD ["bash"]' --change "LABEL org.opencontainers.image.base.name=$name" - "$name" >/dev/null
  rm -rf --one-file-system "$work"
  work=
}

command -v debootstrap >/dev/null || fail "debootstrap is missing" "apt-get install debootstrap"
[[ $(id -u) == 0 ]] || fail "debootstrap needs root" "run this as root"
docker info >/dev/null 2>&1 || fail "no Docker engine answers" "start dockerd, or set DOCKER_HOST"
for release in "${@:-bookworm trixie}"; do
  for one in $release; do build "$one"; done
done
