#!/bin/bash
# From a fresh Debian machine to the reports of the sample run: installs what is missing, builds
# hindcast, analyses sample_checkpoints/digits_cnn and makes an HTML page of it.
#
#   tools/run_sample.sh
#
# The table is on stdout; what the set-up has to say goes to stderr.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."

set_up() {
  tools/install_dependencies.sh
  # The tests need packages that are not installed for this. A build tree that has them keeps them.
  local options=()
  if [[ ! -f build/release/build.ninja ]]; then
    options=(-D HINDCAST_TESTS=OFF)
  fi
  cmake --preset release "${options[@]}"
  cmake --build --preset release --parallel "$(nproc)" --target hindcast
}

set_up >&2
mkdir -p out
build/release/hindcast analyze sample_checkpoints/digits_cnn --init-lr 0.05 \
  --json out/digits_cnn.json --csv out/digits_cnn
build/release/hindcast report out/digits_cnn.json --output out/digits_cnn.html

echo
echo "Reports, in $PWD:"
for report in out/digits_cnn.json out/digits_cnn/*.csv; do
  echo "  $report"
done
echo "The page, for a browser:"
echo "  $PWD/out/digits_cnn.html"
