#!/usr/bin/env bash
# Collects what a program needs to run and nothing else: itself, the libraries it loads, certificates, time zones, file types, names. What comes
# out is the whole root of an image without shell and package manager.
# usage: collect.sh TARGET PROGRAM …
set -euo pipefail
target=$1
shift
here=$(cd "$(dirname "$0")" && pwd)

copy() { # path: the file it stands for and, where the path is a link, a link
  local path real
  path=$(realpath --no-symlinks "$1")
  real=$(realpath "$path")
  mkdir -p "$target$(dirname "$path")" "$target$(dirname "$real")"
  cp --preserve=mode "$real" "$target$real"
  [[ $path == "$real" ]] || ln -sfr "$target$real" "$target$path"
}

mkdir -p "$target"/{bin,etc,lib,lib64,proc,run,tmp,var,usr/bin,usr/lib,usr/share/sbom}
for folder in bin lib lib64; do rmdir "$target/$folder"; mkdir -p "$target/usr/$folder"; ln -s "usr/$folder" "$target/$folder"; done
chmod 1777 "$target/tmp"

declare -A wanted=()
for program in "$@" "$(command -v curl)"; do
  install -m 755 "$program" "$target/usr/bin/$(basename "$program")"
  if ldd "$program" | grep -q 'not found'; then
    ldd "$program" | grep 'not found' >&2
    exit 1
  fi
  while read -r library; do wanted[$library]=yes; done < <(ldd "$program" | grep -o '/[^ ]*')
done
for path in "${!wanted[@]}"; do
  case $path in
    /lib64/*) copy "/usr$path" ;;
    /lib/*) copy "/usr$path" ;;
    /usr/*) copy "$path" ;;
    *) install -m 644 "$path" "$target/usr/lib/" ;; # built or brought with the program, which looks there, too
  esac
done
for extra in /etc/ssl/certs/ca-certificates.crt /usr/lib/ssl/openssl.cnf /etc/ssl/openssl.cnf /usr/share/misc/magic.mgc /etc/mime.types; do
  [[ ! -e $extra ]] || copy "$extra"
done
cp -r --no-dereference /usr/share/zoneinfo "$target/usr/share/zoneinfo"
rm -rf "$target"/usr/share/zoneinfo/{right,posix}
printf 'root:x:0:0::/:/none\nbusflow:x:10001:10001::/:/none\n' >"$target/etc/passwd"
printf 'root:x:0:\nbusflow:x:10001:\n' >"$target/etc/group"
printf 'hosts: files dns\npasswd: files\ngroup: files\n' >"$target/etc/nsswitch.conf"

# What is not Debian's says in a file beside it of what it was made: {"vips": "8.18.7", …}.
brought_along() {
  for path in "${!wanted[@]}"; do
    [[ $path == /lib/* || $path == /lib64/* || $path == /usr/* ]] ||
      sed -n "s/.*\"\(.*\)\": *\"\(.*\)\".*/\1\t\2\t${path##*/}/p" "$path.versions.json"
  done
}
packages() {
  for path in "${!wanted[@]}" "$(command -v curl)" /usr/share/zoneinfo/UTC /etc/ssl/openssl.cnf; do
    local real
    real=$(realpath "$path")
    { dpkg-query --search "$real" "${real#/usr}" "$path" 2>/dev/null || true; } | head -1 | cut -d: -f1
  done
}
{ packages; brought_along; } | grep . | "$here/../base/sbom.sh" busflow packages-from-stdin >"$target/usr/share/sbom/sbom.spdx.json"
# The same content is the same layer, whenever it was made.
find "$target" -exec touch --no-dereference --date=@0 {} +
