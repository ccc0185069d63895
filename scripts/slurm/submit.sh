#!/usr/bin/env bash
# Submits a sweep as an array of shards, and the merge that runs when every one of them is done; prints the two job numbers.
#   scripts/slurm/submit.sh SHARDS study.toml [options of sbatch for both, such as --partition=batch]
# A shard that fails for good cancels the merge; once it is mended, submit again: shards that are whole are left as they are.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if (($# < 2)) || [[ ! $1 =~ ^[1-9][0-9]*$ ]]; then sed -n '2,4p' "$0" >&2; exit 64; fi
shards=$1 study=$2
shift 2
most=$(scontrol show config 2>/dev/null | awk '$1 == "MaxArraySize" { print $3 }')
if [[ $most =~ ^[0-9]+$ ]] && ((shards > most - 1)); then
  echo "submit.sh: found $shards shards, expected at most $((most - 1)), the MaxArraySize of this site less one; give fewer" >&2
  exit 64
fi
array=$(sbatch --parsable --array="0-$((shards - 1))" "$@" "$here/sweep.sbatch" "$study")
array=${array%%;*}  # on a federation the name of the cluster follows
merge=$(sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes "$@" "$here/merge.sbatch" "$study")
echo "$array ${merge%%;*}"
