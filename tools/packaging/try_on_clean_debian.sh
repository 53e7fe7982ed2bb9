#!/bin/bash
# Runs a command in a clone of this repository, on a Debian bookworm with nothing but apt, and says
# how long it took: what a new user or the recipe of a container meets.
#
#   tools/packaging/try_on_clean_debian.sh [--with-uplot] COMMAND [ARGUMENT]...
#
# For example tools/run_sample.sh or tools/packaging/make_packages.sh. Needs root and mmdebstrap.
# What is not committed is not cloned. --with-uplot puts uPlot there beforehand, where npm works by
# settings of this machine only.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../.."

# Whatever is mounted is mounted for this process and its children alone.
if [[ -z ${HINDCAST_OWN_MOUNTS:-} ]]; then
  HINDCAST_OWN_MOUNTS=yes exec unshare --mount "$PWD/tools/packaging/try_on_clean_debian.sh" "$@"
fi

with_uplot=false
if [[ ${1:-} == --with-uplot ]]; then
  with_uplot=true
  shift
fi
if [[ $# -eq 0 ]]; then
  echo "usage: tools/packaging/try_on_clean_debian.sh [--with-uplot] COMMAND [ARGUMENT]..." >&2
  exit 2
fi

work=$(mktemp --directory)
root=$work/root
clean_up() {
  umount --quiet "$root/proc" || true
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

mmdebstrap --quiet --variant=apt bookworm "$root"
git clone --quiet . "$root/hindcast"
if [[ $with_uplot == true ]]; then
  mkdir -p "$root/usr/local/share/javascript"
  cp --recursive /usr/local/share/javascript/uplot-* "$root/usr/local/share/javascript"
fi
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"

start=$SECONDS
# shellcheck disable=SC2016
env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
  chroot "$root" sh -c 'cd /hindcast && exec "$@"' sh "$@"
echo "try_on_clean_debian.sh: $* took $((SECONDS - start)) s" >&2
