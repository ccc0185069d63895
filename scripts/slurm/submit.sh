#!/usr/bin/env bash
# Submits a sweep as an array of shards, and the merge that runs when every one of them is done; prints the numbers of these
# jobs. Of more shards than the site takes in an array (MaxArraySize) it makes several arrays.
#   scripts/slurm/submit.sh SHARDS study.toml [options of sbatch for both, such as --partition=batch]
# A shard that fails for good cancels the merge; once it is mended, submit again: shards that are whole are left as they are.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if (($# < 2)) || [[ ! $1 =~ ^[1-9][0-9]*$ ]]; then sed -n '2,5p' "$0" >&2; exit 64; fi
shards=$1 study=$2
shift 2
most=$(scontrol show config 2>/dev/null | awk '$1 == "MaxArraySize" { print $3 }' || true)
[[ $most =~ ^[1-9][0-9]*$ ]] && ((most < shards)) || most=$shards
arrays=()
for ((first = 0; first < shards; first += most)); do  # several arrays where one would be beyond the site's limit
  last=$(((first + most < shards ? most : shards - first) - 1))
  ((most == shards)) || export BALASSA_ARRAY=$shards BALASSA_FIRST=$first
  array=$(sbatch --parsable --array="0-$last" "$@" "$here/sweep.sbatch" "$study") || {
    echo "submit.sh: Slurm took the arrays ${arrays[*]:-(none)} and no more; submit again when they are done" >&2
    exit 1
  }
  arrays+=("${array%%;*}")  # on a federation the name of the cluster follows
done
merge=$(IFS=:; sbatch --parsable --dependency="afterok:${arrays[*]}" --kill-on-invalid-dep=yes "$@" "$here/merge.sbatch" "$study")
echo "${arrays[*]} ${merge%%;*}"
