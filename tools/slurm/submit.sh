#!/bin/bash
# Analyses checkpoints on a Slurm cluster: a job array of shards, and a job that merges their parts.
#
#   tools/slurm/submit.sh --shards N --work DIR [OPTION...] PATH... [-- ANALYZE_OPTION...]
#
#   --shards N          elements of the array; the work is split evenly among them
#   --work DIR          where the parts, the logs and in the end report.json go
#   --cpus N            processors of an element, and its threads (default: 1)
#   --at-once N         elements that may run at a time (default: as many as there is room for)
#   --hindcast PROGRAM  the program (default: the hindcast on the PATH)
#   --sbatch OPTION     an option for sbatch, for the array and the merge job; may be repeated
#   --missing           submit only the shards whose parts are not in DIR
#
# For example
#
#   tools/slurm/submit.sh --shards 64 --work out --cpus 4 --sbatch --partition=long \
#     --sbatch --time=2:00:00 runs -- --init-lr 0.05 --cache cache
#
# The nodes must see the checkpoints, DIR and the program under the names they have here, and run
# them in the present folder. DIR/report.json is byte for byte what `hindcast analyze PATH...
# ANALYZE_OPTION... --json` writes on one machine; its table is in DIR/logs/merge.log. Of the
# options, --csv, --strict, --verbose and those of the table are the merge job's: with --strict it
# fails with status 3 where the report is incomplete, and still leaves it.
#
# Prints the ids of the two jobs and where the report will be. An element whose node dies is queued
# again by Slurm. If one fails for good, there is no report and the merge job is cancelled;
# DIR/logs/shard_<K>.log says why. The same command with --missing then submits what is left.
# Where a job may have less than half of its node's memory, give --memory.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

fail() {
  echo "submit.sh: $*" >&2
  exit 2
}

# The comment at the head of this file.
usage() {
  sed -n '2,/^set /{s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
}

shards=
work=
cpus=1
at_once=
program=hindcast
sbatch_options=()
missing_only=false
paths=()
analyze_options=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --shards | --work | --cpus | --at-once | --hindcast | --sbatch)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      ;;&
    --shards) shards=$2; shift ;;
    --work) work=$2; shift ;;
    --cpus) cpus=$2; shift ;;
    --at-once) at_once=$2; shift ;;
    --hindcast) program=$2; shift ;;
    --sbatch) sbatch_options+=("$2"); shift ;;
    --missing) missing_only=true ;;
    --help) usage; exit 0 ;;
    --) analyze_options=("${@:2}"); break ;;
    -*) fail "unknown option '$1'; those of hindcast analyze come after --" ;;
    *) paths+=("$1") ;;
  esac
  shift
done

[[ $shards =~ ^[1-9][0-9]*$ ]] || fail "--shards needs a number from 1, not '$shards'"
[[ $cpus =~ ^[1-9][0-9]*$ ]] || fail "--cpus needs a number from 1, not '$cpus'"
[[ $at_once =~ ^([1-9][0-9]*)?$ ]] || fail "--at-once needs a number from 1, not '$at_once'"
[[ -n $work ]] || fail "no --work: where shall the parts and the report go?"
[[ ${#paths[@]} -gt 0 ]] || fail "no PATH: what shall be analysed?"
# What is to be done with the whole report is for the merge job to do.
set -- "${analyze_options[@]}"
shard_options=()
merge_options=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --threads | --threads=*) fail "$1: the threads of an element are --cpus" ;;
    --json | --json=*) fail "$1: the report is report.json in the --work folder" ;;
    --shard | --shard=*) fail "$1: the shards are counted by --shards" ;;
    --csv | --sort | --top | --width | --color)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      merge_options+=("$1" "$2")
      shift
      ;;
    --csv=* | --sort=* | --top=* | --width=* | --color=* | --legend | --ascii | --strict | \
      --verbose | -v) merge_options+=("$1") ;;
    *) shard_options+=("$1") ;;
  esac
  shift
done
command -v sbatch > /dev/null || fail "no sbatch here: is this a node of a Slurm cluster?"
found=$(command -v "$program") || fail "no program '$program'; --hindcast says where it is"
program=$(realpath --no-symlinks "$found")

mkdir -p "$work/logs"
work=$(realpath "$work")
wanted=()
for ((shard = 1; shard <= shards; ++shard)); do
  if [[ ! -e $work/part_${shard}_of_$shards.json ]]; then wanted+=("$shard"); fi
done
if [[ $missing_only == false && ${#wanted[@]} -lt $shards ]]; then
  fail "$work has parts already: --missing keeps them, another --work starts afresh"
fi
rm -f "$work/report.json"

# The id of a new job; in a federation Slurm adds the name of the cluster.
submit() {
  local id
  id=$(sbatch --parsable "${sbatch_options[@]}" "$@") || return
  echo "${id%%;*}"
}

# sbatch replaces what follows a per cent sign in the name of a log.
logs=${work//%/%%}/logs
dependency=()
if [[ ${#wanted[@]} -gt 0 ]]; then
  elements=1-$shards
  if [[ ${#wanted[@]} -lt $shards ]]; then elements=$(IFS=,; echo "${wanted[*]}"); fi
  array=$(submit --array="$elements${at_once:+%$at_once}" --cpus-per-task="$cpus" \
    --output="$logs/shard_%a.log" "$here/shard.sbatch" "$program" "$work" "$shards" \
    "${shard_options[@]}" -- "${paths[@]}") || fail "sbatch did not take the array"
  dependency=(--dependency="afterok:$array" --kill-on-invalid-dep=yes)
  echo "array $array"
fi
if ! merge=$(submit "${dependency[@]}" --output="$logs/merge.log" "$here/merge.sbatch" \
  "$program" "$work" "$shards" "${merge_options[@]}"); then
  [[ ${#wanted[@]} -gt 0 ]] || fail "sbatch did not take the merge job"
  scancel "$array"
  fail "sbatch did not take the merge job, so the array is cancelled"
fi
echo "merge $merge"
echo "report $work/report.json"
