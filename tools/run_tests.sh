#!/bin/bash
# From a fresh Debian machine to passed tests: installs what is missing, builds and runs ctest,
# whose summary is the last thing printed.
#
#   tools/run_tests.sh [PRESET]
#
# PRESET is one of CMakePresets.json: release (if not given), debug, asan or clang.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."

preset=${1:-release}
groups=(--tests)
if [[ $preset == clang ]]; then
  groups+=(--lint)
fi

tools/install_dependencies.sh "${groups[@]}"
# tools/run_sample.sh may have configured the tree without tests.
options=(-D HINDCAST_TESTS=ON)
if [[ $preset == release ]]; then
  if tools/install_dependencies.sh --packages; then
    options+=(-D HINDCAST_STATIC=ON)
  else
    echo "run_tests.sh: the program without shared libraries is not built, nor tested" >&2
  fi
fi
cmake --preset "$preset" "${options[@]}"
cmake --build --preset "$preset" --parallel "$(nproc)"
if [[ $preset == release ]]; then
  # lint/headers would build it too, without showing progress.
  cmake --build --preset "$preset" --parallel "$(nproc)" --target all_verify_interface_header_sets
fi
ctest --preset "$preset" --parallel "$(nproc)"
