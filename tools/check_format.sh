#!/bin/bash
# Says which C++ files are not formatted as .clang-format asks; changes none. With --fix, formats
# them.
#
#   tools/check_format.sh [--fix]
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."

if ! command -v clang-format > /dev/null; then
  echo "check_format.sh: no clang-format; try tools/install_dependencies.sh --lint" >&2
  exit 1
fi

mode=(--dry-run --Werror)
if [[ ${1:-} == --fix ]]; then
  mode=(-i)
fi
find include src tests tools \( -name '*.hpp' -o -name '*.cpp' \) -print0 |
  xargs --null --no-run-if-empty clang-format "${mode[@]}"
