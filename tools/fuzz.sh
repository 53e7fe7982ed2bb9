#!/bin/bash
# Fuzzes the readers: builds the fuzzers, seeds them with small files and runs them.
#
#   tools/fuzz.sh READER|all SECONDS [JOBS]
#
# READER is a <name> of tests/fuzz/fuzz_<name>.cpp. JOBS fuzzers run at once: of all readers two if
# it is not given, of a single reader one. What they learn stays in build/fuzz/corpus for the next
# time. With HINDCAST_FUZZ_SEED=NUMBER every run from the same state tries the same inputs in the
# same order, as many as there is time for; without it each run goes its own way. Prints how many
# inputs each one tried and what it found; exits with 1 if that is anything.
# A file that was found belongs into tests/fuzz/corpus/<name>, once its reader is mended.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."

fail() {
  echo "fuzz.sh: $*" >&2
  exit 2
}

mapfile -t readers < <(cd tests/fuzz && printf '%s\n' fuzz_*.cpp | sed 's/^fuzz_//; s/\.cpp$//')
reader=${1:-}
seconds=${2:-}
[[ $# -le 3 && $seconds =~ ^[1-9][0-9]*$ ]] || fail "usage: tools/fuzz.sh READER|all SECONDS [JOBS]"
if [[ $reader == all ]]; then
  jobs=${3:-2}
  tasks=("${readers[@]}")
else
  [[ " ${readers[*]} " == *" $reader "* ]] || fail "no reader '$reader', only ${readers[*]} and all"
  jobs=${3:-1}
  tasks=()
  for ((i = 0; i < jobs; ++i)); do tasks+=("$reader"); done
fi

command -v clang++ > /dev/null || fail "no clang++; try tools/install_dependencies.sh --fuzz"
targets=()
for task in "${tasks[@]}"; do targets+=("fuzz_$task"); done
cmake --preset fuzz > /dev/null
cmake --build --preset fuzz --parallel "$(nproc)" --target "${targets[@]}"

# The names of files that say something to a reader.
seeds_of() {
  case "$1" in
    gate | part | report) ;;  # The repository's own corpus is all there is.
    hdf5) echo '*.h5' ;;
    keras) echo '*.keras' ;;
    manifest) echo '*.json' ;;
    numpy) echo '*.npz *.npy *.zip' ;;
    onnx) echo '*.onnx' ;;
    safetensors) echo '*.safetensors' ;;
    scores) echo '*.csv trainer_state.json' ;;
    sharded) echo '*.index.json' ;;
    pickle | torch_*) echo '*.pt *.pth *.pkl *.bin *.zip' ;;
    *) fail "no seeds are known for '$1'" ;;
  esac
}

# Copies, because nothing may happen to the originals; small ones, because runs must be fast.
seed() {
  local folder=build/fuzz/seeds/$1 pattern roots=() root
  rm -rf "$folder"
  mkdir -p "$folder"
  for root in ../shared/hostile ../shared/corpus sample_checkpoints; do
    if [[ -d $root ]]; then roots+=("$root"); fi
  done
  set -f
  for pattern in $(seeds_of "$1"); do
    find -L "${roots[@]}" -type f -name "$pattern" -size -17k \
      -exec cp --no-preserve=mode --backup=numbered --target-directory="$folder" {} +
  done
  set +f
}

# One fuzzer: $1 the reader, $2 a number that tells it from others of the same reader.
run() {
  local name=$1 log=build/fuzz/logs/$1-$2 status=0
  # What any file may take, sanitizers and a busy machine included.
  TMPDIR=$PWD/build/fuzz/temporary "build/fuzz/tests/fuzz/fuzz_$name" \
    "build/fuzz/corpus/$name" "build/fuzz/seeds/$name" "tests/fuzz/corpus/$name" \
    -seed="${HINDCAST_FUZZ_SEED:-0}" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 -max_len=16384 -verbosity=1 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/findings/$name/" > "$log" 2>&1 || status=$?
  local executions
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  echo "$name: ${executions:-unknown} executions in $seconds s at most, exit status $status"
  if [[ $status -ne 0 ]]; then
    grep --extended-regexp '^(==[0-9]+==ERROR|SUMMARY|fuzz target|terminate)|runtime error' "$log" || true
    sed -n 's/^artifact_prefix.*written to /  /p' "$log"
    echo "  $log"
    echo "$name" >> build/fuzz/logs/failed
  fi
}

rm -rf build/fuzz/temporary build/fuzz/logs/failed
mkdir -p build/fuzz/logs build/fuzz/temporary
for name in "${tasks[@]}"; do
  mkdir -p "build/fuzz/corpus/$name" "build/fuzz/findings/$name"
  seed "$name"
done

for index in "${!tasks[@]}"; do
  if [[ $(jobs -pr | wc -l) -ge $jobs ]]; then
    wait -n
  fi
  run "${tasks[index]}" "$index" &
done
wait
if [[ -e build/fuzz/logs/failed ]]; then
  echo "fuzz.sh: findings, see above"
  exit 1
fi
echo "fuzz.sh: no findings"
