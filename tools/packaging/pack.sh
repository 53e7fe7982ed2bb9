#!/bin/bash
# Packs a built tree: hindcast_VERSION-1_ARCH.deb, libhindcast-dev_VERSION-1_ARCH.deb and
# hindcast-VERSION-linux-MACHINE.tar.gz, with the program without shared libraries.
#
#   tools/packaging/pack.sh BUILD_DIR OUTPUT_DIR
#
# The tree must have been configured with -D HINDCAST_STATIC=ON for the tarball; without it there
# are the Debian packages alone. The same commit packs to the same bytes.
set -euo pipefail

if [[ $# -ne 2 ]]; then
  echo "usage: tools/packaging/pack.sh BUILD_DIR OUTPUT_DIR" >&2
  exit 2
fi
source_dir=$(realpath "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../..")
build_dir=$(realpath "$1")
mkdir -p "$2"
output_dir=$(realpath "$2")
umask 022

SOURCE_DATE_EPOCH=$(git -C "$source_dir" log -1 --format=%ct 2> /dev/null || echo 0)
export SOURCE_DATE_EPOCH

from_cache() {
  sed --quiet "s/^$1:[A-Z]*=//p" "$build_dir/CMakeCache.txt"
}

work=$(mktemp --directory)
trap 'rm -r "$work"' EXIT

pack_debian() {
  if ! cpack --config "$build_dir/CPackConfig.cmake" -B "$work/debian" > "$work/log" 2>&1; then
    cat "$work/log" >&2
    return 1
  fi
  mv "$work"/debian/*.deb "$output_dir"
}

pack_tarball() {
  local name
  name=hindcast-$(from_cache CMAKE_PROJECT_VERSION)-linux-$(uname --machine)
  cmake --install "$build_dir" --prefix "$work/$name" --component portable --strip > /dev/null
  tar --create --directory "$work" --sort=name --owner=0 --group=0 --numeric-owner \
    --mtime="@$SOURCE_DATE_EPOCH" "$name" | gzip --best --no-name > "$work/$name.tar.gz"
  mv "$work/$name.tar.gz" "$output_dir"
}

pack_debian
if [[ $(from_cache HINDCAST_STATIC) == ON ]]; then
  pack_tarball
fi
