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
cmake --preset "$preset" -D HINDCAST_TESTS=ON
cmake --build --preset "$preset" --parallel "$(nproc)"
if [[ $preset == release ]]; then
  # lint/headers would build it too, without showing progress.
  cmake --build --preset "$preset" --parallel "$(nproc)" --target all_verify_interface_header_sets
fi
ctest --preset "$preset" --parallel "$(nproc)"
