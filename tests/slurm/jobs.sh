#!/usr/bin/env bash
# Sweeps as jobs of a real Slurm, compared by their bytes with a run in one process: an array of 3 with its merge, a job that
# is preempted and requeued, one that meets its time limit and goes on, two tasks of one job with a GPU each, and two ranks of
# an MPI job.
#   tests/slurm/jobs.sh PROGRAM [MPI_PROGRAM]     exit 77: skipped, with the reason
set -euo pipefail
program=$(realpath "${1:?usage: jobs.sh PROGRAM [MPI_PROGRAM]}")
mpi_program=${2:+$(realpath "$2")}
here=$(cd "$(dirname "$0")" && pwd)
scripts=$here/../../scripts/slurm
. "$here/cluster.sh"

reason=$(cluster_missing)
if [[ -n $reason ]]; then
  echo "slurm: skipped: $reason"
  exit 77
fi

work=$(mktemp -d /tmp/balassa-slurm-XXXXXX)  # short: the name of a socket has at most 107 bytes
leave() {
  local code=$?
  trap - EXIT INT TERM
  set +e
  if ((code != 0)); then tail -n 30 "$work"/*.log "$work"/cluster/log/slurmctld.log 2>/dev/null; fi
  cluster_down "$work/cluster"
  rm -rf "$work"
  exit "$code"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() { echo "slurm: FAILED: $*" >&2; exit 1; }
state_of() { scontrol show job "$1" --oneliner | sed -n 's/.* JobState=\([A-Z_]*\).*/\1/p' | sort -u | tr '\n' ' '; }
restarts_of() { scontrol show job "$1" --oneliner | sed -n 's/.* Restarts=\([0-9]*\).*/\1/p' | sort -n | tail -n 1; }
wait_for() {  # job, seconds
  local i state
  for ((i = 0; i < 4 * $2; ++i)); do
    state=$(state_of "$1")
    case $state in
      "COMPLETED ") return 0 ;;
      *FAILED* | *CANCELLED* | *TIMEOUT* | *NODE_FAIL* | *OUT_OF_MEMORY*) fail "job $1: $state" ;;
    esac
    sleep 0.25
  done
  fail "job $1: still $state after $2 s"
}
same_bytes() { cmp "$work/$1" "$work/$2" || fail "$1 differs from $2"; }

cluster_up "$work/cluster"
cd "$work"
export BALASSA=$program
"$program" synth --locations 60 --products 300 --years 2015-2016 -o panel.h5 --quiet
plan_of() {  # output, replicates: one study under several names
  printf 'panel = "panel.h5"\n[specification]\nrca_threshold = [0.75, 1.0]\n[resample]\nreplicates = %s\n' "$2"
  printf '[output]\nfile = "%s"\n[run]\ndevice = "cpu"\ncheckpoint_every = 50\n' "$1"
}
for name in array preempted tasks ranks limited whole; do plan_of "$name.h5" 2000 > "$name.toml"; done

# A job is stopped in its tracks once it has saved something, so that it is interrupted on a machine of any speed.
engine_of() {  # study: the process in this folder that sweeps it
  local process
  for process in /proc/[0-9]*; do
    [[ $(readlink "$process/cwd") == "$work" && $(cat "$process/comm") == "$(basename "$program")" ]] || continue
    tr '\0' ' ' < "$process/cmdline" | grep -q " sweep $1 " && basename "$process"
  done 2>/dev/null | head -n 1
}
hold() {  # study
  local i pid
  for ((i = 0; i < 600; ++i)); do
    pid=$(engine_of "$1.toml")
    if [[ -n $pid && -s $1.h5.checkpoint ]]; then kill -STOP "$pid" && echo "$pid"; return; fi
    sleep 0.05
  done
  fail "$1 never saved anything"
}

common=(--time=5 --cpus-per-task=1 --mem=100)
# Slurm looks at time limits every half a minute: the signal comes 10 to 40 s after the start.
limited=$(sbatch --parsable "${common[@]}" --time=1 --signal=B:USR1@50 "$scripts/sweep.sbatch" limited.toml)
started=$SECONDS
held=$(hold limited)
preempted=$(sbatch --parsable "${common[@]}" --partition=spare --cpus-per-task=40 "$scripts/sweep.sbatch" preempted.toml --threads 1)
hold preempted >/dev/null
urgent=$(sbatch --parsable --partition=steady --cpus-per-task=40 --mem=100 --time=1 --output=urgent.log --wrap 'sleep 1')
submitted=$("$scripts/submit.sh" 3 array.toml "${common[@]}")
read -r array merge <<< "$submitted"
printf '#!/bin/sh\necho "$CUDA_VISIBLE_DEVICES" > gpu-of-$SLURM_PROCID\nexec "%s" "$@"\n' "$program" > seen.sh
chmod +x seen.sh
tasks=$(BALASSA=$work/seen.sh sbatch --parsable "${common[@]}" --ntasks=2 --gres=gpu:2 "$scripts/sweep.sbatch" tasks.toml)
ranks=
[[ -n $mpi_program ]] && ranks=$(BALASSA=$mpi_program sbatch --parsable "${common[@]}" --ntasks=2 "$scripts/sweep.sbatch" ranks.toml)
if [[ -n $ranks ]]; then
  for ((i = 0; i < 600; ++i)); do [[ -s ranks.h5.checkpoint ]] && break; sleep 0.05; done
  scancel --batch --signal=USR1 "$ranks"  # as Slurm does before the time limit
fi
"$program" sweep whole.toml --quiet >/dev/null

wait_for "$array" 60
wait_for "$merge" 60
same_bytes array.h5 whole.h5
echo "slurm: array of 3 and its merge: the bytes of one process"

wait_for "$urgent" 30
wait_for "$preempted" 90
(($(restarts_of "$preempted") > 0)) || fail "job $preempted was not preempted"
grep -q 'goes on at' balassa-"$preempted".log || fail "job $preempted began anew"
same_bytes preempted.h5 whole.h5
echo "slurm: preempted, requeued and gone on: the bytes of one process"

wait_for "$tasks" 90
"$program" merge tasks.toml --quiet >/dev/null
same_bytes tasks.h5 whole.h5
[[ $(cat gpu-of-0 gpu-of-1 | sort | tr '\n' ' ') == "0 1 " ]] || fail "tasks saw GPUs $(cat gpu-of-*)"
echo "slurm: 2 tasks of one job, a GPU each: the bytes of one process"

if [[ -n $ranks ]]; then
  wait_for "$ranks" 90
  (($(restarts_of "$ranks") > 0)) || fail "job $ranks did not ask to be started again"
  grep -q 'goes on at' balassa-"$ranks".log || fail "job $ranks began anew"
  same_bytes ranks.h5 whole.h5
  grep -q '"ranks": 2' ranks.h5.manifest.json || fail "job $ranks ran as $(grep '"ranks"' ranks.h5.manifest.json)"
  echo "slurm: srun with 2 ranks of an MPI job, stopped once and gone on: the bytes of one process"
fi

while ((SECONDS - started < 48)); do sleep 0.5; done
kill -CONT "$held"
wait_for "$limited" 90
(($(restarts_of "$limited") > 0)) || fail "job $limited never met its time limit"
grep -q 'goes on at' balassa-"$limited".log || fail "job $limited began anew"
same_bytes limited.h5 whole.h5
echo "slurm: stopped by the time limit $(restarts_of "$limited") times and gone on: the bytes of one process"
