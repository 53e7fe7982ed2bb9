#!/bin/bash
# Installs the Debian packages that hindcast is built and tested with, those that are missing only,
# and uPlot, which no Debian package has, from the npm registry.
#
#   tools/install_dependencies.sh [--tests] [--samples] [--lint] [--fuzz]
#
# Always: what the build needs. --tests: what the tests need. --samples: what
# tools/make_sample_run.py needs. --lint: what tools/check_format.sh and tools/run_clang_tidy.sh
# need. --fuzz: what tools/fuzz.sh needs. Made for Debian bookworm; runs as root or through sudo,
# and asks nothing.
set -euo pipefail

build_packages=(
  g++ cmake ninja-build
  git                    # The build asks it for the commit that --version tells.
  ca-certificates        # To clone and fetch over https.
  pkg-config             # CMake looks for libraries with it.
  libhdf5-dev
  libeigen3-dev
  libspectra-dev         # Leading eigenvalues by Lanczos.
  nlohmann-json3-dev
  libcli11-dev
  libfmt-dev
  libtbb-dev             # What libstdc++'s parallel algorithms run on.
  liblapack-dev          # Counts eigenvalues (dsytrf), and finds a tridiagonal matrix's (dsterf).
  libopenblas-serial-dev # A fast LAPACK without threads of its own: the same bytes every time.
  liblzf-dev             # h5py's LZF compression, which HDF5 itself does not have.
  libutf8proc-dev        # How wide a terminal shows a character; small, and free of locales.
  nettle-dev             # SHA-256 with the processor's own instructions: keys of the cache.
  zlib1g-dev             # Deflated members of zip archives (PyTorch, NumPy, Keras).
)
test_packages=(
  doctest-dev
  python3
  python3-numpy
  python3-scipy          # The minimiser that the reference EVBMF follows, coefficients, Student's t.
  python3-h5py           # Writes HDF5 files independently of the reader under test.
  python3-jsonschema     # Reports are validated against their schema.
  libxml2-utils          # xmllint: JUnit output is validated against its schema.
  qemu-user              # Older processors: the program must run on them.
  strace                 # Shows which files a hostile checkpoint makes the program open.
  slurmctld slurmd slurm-client munge # A cluster of one node: tools/slurm is tried on it.
  parallel               # The line for GNU parallel in the README is tried.
  mandoc                 # The manual must be clean for it as for groff, which comes with fish.
  zsh fish               # They are asked what they complete.
  python3-yaml           # So are the job for Kubernetes and the pipeline for GitLab.
  python3-pandas         # And the lines for pandas.
  chromium chromium-driver python3-selenium # The HTML page is opened and used as a reader does.
  fonts-liberation fonts-dejavu-core # Its screenshots would have boxes for letters.
)
sample_packages=(
  python3 python3-numpy python3-h5py
  python3-torch
  python3-sklearn        # Has the digits that the sample network is trained on.
)
lint_packages=(clang clang-format clang-tidy)
fuzz_packages=(
  clang
  libclang-rt-14-dev     # libFuzzer and clang's sanitizers, which clang only recommends.
)

# Draws the charts of the HTML page, in which it is embedded when hindcast is built. CMakeLists.txt
# looks for this version in this place.
uplot_version=1.6.32
uplot_sha256=4b8a8191e425658e3ea8c8c1314b0fc679c861ee3a1af2b20c7b16ba50b5133d
uplot_files=(dist/uPlot.iife.min.js dist/uPlot.min.css LICENSE)
uplot_place=/usr/local/share/javascript/uplot-$uplot_version

fail() {
  echo "install_dependencies.sh: $*" >&2
  exit 1
}

packages=("${build_packages[@]}")
for argument in "$@"; do
  case "$argument" in
    --tests) packages+=("${test_packages[@]}") ;;
    --samples) packages+=("${sample_packages[@]}") ;;
    --lint) packages+=("${lint_packages[@]}") ;;
    --fuzz) packages+=("${fuzz_packages[@]}") ;;
    *) fail "unknown option '$argument', expected --tests, --samples, --lint or --fuzz" ;;
  esac
done

has_uplot() {
  local file
  for file in "${uplot_files[@]}"; do
    [[ -s $uplot_place/$(basename "$file") ]] || return 1
  done
}

if ! has_uplot && ! command -v npm > /dev/null; then
  packages+=(npm)  # Fetches uPlot.
fi

if ! command -v apt-get > /dev/null || ! command -v dpkg-query > /dev/null; then
  fail "no apt-get here: install by hand what these Debian packages hold: ${packages[*]}," \
    "and ${uplot_files[*]} of the npm package uplot $uplot_version in $uplot_place"
fi

# dpkg-query exits with 1 when it does not know one of the packages, and still lists the others.
installed=$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' \
  "${packages[@]}" 2> /dev/null) || true
missing=()
for package in "${packages[@]}"; do
  if ! grep --quiet --line-regexp --fixed-strings "installed $package" <<< "$installed"; then
    missing+=("$package")
  fi
done

if [[ ${#missing[@]} -eq 0 ]] && has_uplot; then
  exit 0
fi

as_root=()
if [[ $EUID -ne 0 ]]; then
  command -v sudo > /dev/null ||
    fail "need root or sudo to install: ${missing[*]} uPlot (in $uplot_place)"
  as_root=(sudo)
fi

# env, because sudo does not pass variables on. Another apt at work is waited for.
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --option DPkg::Lock::Timeout=300 "$@"
}

# Debian starts each daemon that it installs, but the tests start their own. The policy is the
# administrator's where there is one.
policy=/usr/sbin/policy-rc.d
start_no_daemons() {
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install --mode=755 /dev/stdin "$policy"
}

# The archive is the one that was looked at, or it is not unpacked.
install_uplot() (
  folder=$(mktemp --directory)
  trap 'rm -r "$folder"' EXIT
  archive=$folder/uplot-$uplot_version.tgz
  (cd "$folder" && npm pack --silent "uplot@$uplot_version" > /dev/null) ||
    fail "npm cannot fetch uPlot $uplot_version; put ${uplot_files[*]} of that package into" \
      "$uplot_place by hand"
  sha256sum --check --status <<< "$uplot_sha256  $archive" ||
    fail "what npm gave for uPlot $uplot_version is not what it was"
  tar --extract --gzip --file "$archive" --directory "$folder" --no-same-owner
  "${as_root[@]}" install --directory --mode=755 "$uplot_place"
  "${as_root[@]}" install --mode=644 "${uplot_files[@]/#/$folder/package/}" "$uplot_place"
)

if [[ ${#missing[@]} -gt 0 ]]; then
  if [[ " ${missing[*]} " == *" munge "* && ! -e $policy ]]; then
    start_no_daemons
  fi
  echo "install_dependencies.sh: installing ${missing[*]}"
  apt update --quiet
  apt install --quiet --yes --no-install-recommends "${missing[@]}"
fi
if ! has_uplot; then
  echo "install_dependencies.sh: installing uPlot $uplot_version in $uplot_place"
  install_uplot
fi
