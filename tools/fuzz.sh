#!/bin/sh
# Runs each fuzzer for the given time, one after the other; what it finds makes it stop, and stays in build/fuzz/findings.
#
# usage: fuzz.sh SECONDS [FUZZER …]
set -eu
cd "$(dirname "$0")/.."
seconds=${1:?usage: fuzz.sh SECONDS [FUZZER …]}
shift
[ $# -gt 0 ] || set -- platform_graphql_parser_fuzzer platform_graphql_planner_fuzzer
cmake --preset fuzz >/dev/null
cmake --build build/fuzz --target "$@"
for fuzzer; do
  case $fuzzer in
    *_parser_fuzzer) corpus=platform/graphql/test/corpus ;;
    *) corpus=platform/graphql/test/requests ;;
  esac
  mkdir -p "build/fuzz/findings/$fuzzer"
  echo "$fuzzer: $seconds s"
  "build/fuzz/platform/graphql/$fuzzer" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$fuzzer-" "build/fuzz/findings/$fuzzer" "$corpus"
done
