#!/bin/bash
# Installs the Debian packages that hindcast is built and tested with, those that are missing only,
# uPlot, which no Debian package has, from the npm registry, and with --packages the sources of some
# Debian packages.
#
#   tools/install_dependencies.sh [--tests] [--packages] [--samples] [--lint] [--fuzz]
#
# Always: what the build needs. --tests: what the tests need. --packages: what
# tools/packaging/make_packages.sh needs. --samples: what tools/make_sample_run.py needs. --lint:
# what tools/check_format.sh and tools/run_clang_tidy.sh need. --fuzz: what tools/fuzz.sh needs. Made
# for Debian bookworm; runs as root or through sudo, and asks nothing.
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
  doxygen                # The reference of the public headers is written, without a warning.
  libxml2-utils          # xmllint: JUnit output is validated against its schema.
  qemu-user              # Older processors: the program must run on them.
  strace                 # Shows which files a hostile checkpoint makes the program open.
  slurmctld slurmd slurm-client munge # A cluster of one node: tools/slurm is tried on it.
  parallel               # The line for GNU parallel in the README is tried.
  mandoc                 # The manual must be clean for it as for groff, which comes with fish.
  zsh fish               # They are asked what they complete.
  python3-yaml           # So are the job for Kubernetes and the pipeline for GitLab.
  python3-pandas         # And the lines for pandas.
  python3-torch          # And the recipe that hands rates to its optimisers.
  chromium chromium-driver python3-selenium # The HTML page is opened and used as a reader does.
  mmdebstrap             # A clean Debian, in which the Debian package is tried.
  fonts-liberation fonts-dejavu-core # Its screenshots would have boxes for letters.
  codespell              # Documents and comments are looked through for misspelt words.
  clang-format           # Sources must be laid out by it; of its libraries clang needs the same.
)
package_packages=(
  file dpkg-dev          # CPack finds with dpkg-shlibdeps what a Debian package depends on.
  libgfortran-12-dev     # OpenBLAS' archive wants it where nothing is linked dynamically.
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

# Debian has no static library of these, so they are compiled for the program that needs no shared
# ones. CMakeLists.txt looks for their sources in this place.
source_packages=(onetbb fmtlib liblzf)
source_place=/usr/local/src/hindcast

fail() {
  echo "install_dependencies.sh: $*" >&2
  exit 1
}

packages=("${build_packages[@]}")
needs_sources=false
for argument in "$@"; do
  case "$argument" in
    --tests) packages+=("${test_packages[@]}") ;;
    --packages) packages+=("${package_packages[@]}") needs_sources=true ;;
    --samples) packages+=("${sample_packages[@]}") ;;
    --lint) packages+=("${lint_packages[@]}") ;;
    --fuzz) packages+=("${fuzz_packages[@]}") ;;
    *) fail "unknown option '$argument', expected --tests, --packages, --samples, --lint or --fuzz" ;;
  esac
done

has_uplot() {
  local file
  for file in "${uplot_files[@]}"; do
    [[ -s $uplot_place/$(basename "$file") ]] || return 1
  done
}

has_sources() {
  [[ $needs_sources == false || -e $source_place/complete ]]
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

if [[ ${#missing[@]} -eq 0 ]] && has_uplot && has_sources; then
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

# From where the binary packages come, which need not have told apt of the source packages. apt
# checks what it gets. Debian's patches to them are for its tests and other processors.
install_sources() (
  folder=$(mktemp --directory)
  trap 'rm -rf "$folder"' EXIT
  cd "$folder"
  from=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' "Release: $(. /etc/os-release && echo "$VERSION_CODENAME")" \
    'Component: main' | head -n 1)
  [[ -n $from ]] || fail "apt knows no archive of Debian's to fetch ${source_packages[*]} from"
  echo "deb-src $from" > sources.list
  mkdir -p lists/partial cache/archives/partial
  options=(--option "Dir::Etc::SourceList=$PWD/sources.list" --option Dir::Etc::SourceParts=/dev/null
    --option "Dir::State::Lists=$PWD/lists" --option "Dir::Cache=$PWD/cache"
    --option APT::Sandbox::User=root)
  apt-get "${options[@]}" --quiet=2 update
  apt-get "${options[@]}" --quiet=2 source --download-only --tar-only "${source_packages[@]}"
  for archive in *.orig.tar.*; do
    tar --extract --file "$archive" --no-same-owner
    rm "$archive"
  done
  rm -r sources.list lists cache
  touch complete
  "${as_root[@]}" rm -rf "$source_place"
  "${as_root[@]}" install --directory --mode=755 "$source_place"
  "${as_root[@]}" cp --recursive . "$source_place"
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
if ! has_sources; then
  echo "install_dependencies.sh: installing the sources of ${source_packages[*]} in $source_place"
  install_sources
fi
