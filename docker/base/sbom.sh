#!/bin/sh
# Writes what an image is made of, as SPDX 2.3 (spdx.github.io/spdx-spec/v2.3): the Debian packages that are installed and, with FILE, what else there
# is; or only those named on standard input, one a line. In both, a line of name, version and origin, separated by tabs, stands for something that is
# not Debian's. The same content gives the same bytes.
# usage: sbom.sh NAME [packages-from-stdin|FILE] >sbom.spdx.json
set -eu
format='${Package}\t${Version}\t${source:Package}\tdeb\n'
if [ "${2:-}" = packages-from-stdin ]; then
  given=$(sort -u)
  list=$(printf '%s\n' "$given" | grep -v "$(printf '\t')" | xargs dpkg-query --show --showformat="$format"
    printf '%s\n' "$given" | sed -n 's/.*\t.*\t.*/&\tgeneric/p')
else
  list=$(dpkg-query --show --showformat="$format"; [ -z "${2:-}" ] || sed 's/$/\tgeneric/' "$2")
fi
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
printf '%s\n' "$list" | LC_ALL=C sort | awk -F '\t' -v name="$1" -v release="$release" '
  BEGIN {
    printf "{\"spdxVersion\":\"SPDX-2.3\",\"dataLicense\":\"CC0-1.0\",\"SPDXID\":\"SPDXRef-DOCUMENT\",\"name\":\"%s\",", name
    printf "\"documentNamespace\":\"https://busflow.example/sbom/%s\",", name
    printf "\"creationInfo\":{\"created\":\"1970-01-01T00:00:00Z\",\"creators\":[\"Tool: docker/base/sbom.sh\"]},\"packages\":["
  }
  {
    id = $1; gsub(/[^A-Za-z0-9.-]/, "-", id)
    printf "%s{\"SPDXID\":\"SPDXRef-%s\",\"name\":\"%s\",\"versionInfo\":\"%s\",\"downloadLocation\":\"NOASSERTION\",", (NR > 1 ? "," : ""), id, $1, $2
    printf "\"sourceInfo\":\"built from %s\",\"externalRefs\":[{\"referenceCategory\":\"PACKAGE-MANAGER\",\"referenceType\":\"purl\",", $3
    purl = ($4 == "deb" ? "deb/debian/" $1 "@" $2 "?distro=" release : "generic/" $1 "@" $2)
    printf "\"referenceLocator\":\"pkg:%s\"}]}", purl
  }
  END { print "]}" }'
