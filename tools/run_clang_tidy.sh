#!/bin/bash
# Runs clang-tidy over src, as .clang-tidy asks: a minute for two or three files. CI looks at what
# differs from the commit before.
#
#   tools/run_clang_tidy.sh [--since COMMIT] [REGEX]
#
# REGEX limits it to the files whose path below src matches, such as 'io/hdf5'; --since to sources
# that differ from those of COMMIT, such as HEAD~1. A header is looked at with a source that
# includes it.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."

since=
if [[ ${1:-} == --since ]]; then
  since=$(git rev-parse --verify --quiet "${2:-}^{commit}") || {
    echo "run_clang_tidy.sh: --since needs a commit, not '${2:-}'" >&2
    exit 2
  }
  shift 2
fi
expression="src/.*${1:-}"
if [[ -n $since ]]; then
  changed=$(git diff --name-only --diff-filter=d "$since" -- 'src/*.cpp' | { grep -E "$expression" || true; })
  if [[ -z $changed ]]; then
    echo "run_clang_tidy.sh: no source differs"
    exit 0
  fi
  expression="($(paste --serial --delimiters='|' <<< "${changed//./\\.}"))\$"
fi

if ! command -v run-clang-tidy > /dev/null || ! command -v clang++ > /dev/null; then
  echo "run_clang_tidy.sh: no clang-tidy; try tools/install_dependencies.sh --tests --lint" >&2
  exit 1
fi

cmake --preset clang
# A header that the sources include and only the build writes.
cmake --build --preset clang --target hindcast_commit

# run-clang-tidy searches for the expression in absolute paths, so the root's must be literal.
root=$(printf '%s' "$PWD" | sed 's/[][\.*^$+?(){}|]/\\&/g')
run-clang-tidy -quiet -p build/clang -j "$(nproc)" "^$root/$expression"
