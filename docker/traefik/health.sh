#!/usr/bin/env bash
# Whether Traefik serves. Its own check, `traefik healthcheck`, starts a whole Traefik each time, which on a busy host takes longer than an answer may.
set -euo pipefail
exec 3<>/dev/tcp/127.0.0.1/8082
printf 'GET /ping HTTP/1.0\r\n\r\n' >&3
read -r answer <&3
[[ $answer == *" 200 "* ]] || { echo "$answer"; exit 1; }
