#!/bin/bash
# Runs clang-tidy over src, as .clang-tidy asks. For developers: it takes minutes and is not in CI.
#
#   tools/run_clang_tidy.sh [REGEX]
#
# REGEX limits it to the files whose path below src matches, such as 'io/hdf5'.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."

if ! command -v run-clang-tidy > /dev/null || ! command -v clang++ > /dev/null; then
  echo "run_clang_tidy.sh: no clang-tidy; try tools/install_dependencies.sh --tests --lint" >&2
  exit 1
fi

cmake --preset clang
# A header that the sources include and only the build writes.
cmake --build --preset clang --target hindcast_commit

# run-clang-tidy searches for the expression in absolute paths, so the root's must be literal.
root=$(printf '%s' "$PWD" | sed 's/[][\.*^$+?(){}|]/\\&/g')
run-clang-tidy -quiet -p build/clang -j "$(nproc)" "^$root/src/.*${1:-}"
