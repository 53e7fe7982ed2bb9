#!/bin/bash
# From a fresh Debian machine to the packages, in out/packages: installs what is missing, builds and
# packs.
#
#   tools/packaging/make_packages.sh
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../.."

tools/install_dependencies.sh --packages
cmake --preset packages
cmake --build --preset packages --parallel "$(nproc)"
tools/packaging/pack.sh build/packages out/packages
ls -l out/packages
