#!/usr/bin/env bash
# A GPU that computes one thing wrongly: `gpu_check.sh first` turns to finding the step, and names it.
#   wrong_result.sh FOLDER    of the imitated programs
source "$(dirname "$0")/common.sh"

BALASSA_IMITATED_GPU='wrong=lambda2 rows=65' check 1 first --prebuilt "$imitated"
for line in 'parity 4x4: passed' 'parity 65x257: FAILED' 'find the step, 80x255: FAILED' \
  'bayesian scenario 0: differs: first lambda2: cpu 0\.[0-9]+, cuda 0\.[0-9]+; 1 of 1' 'points to the spectrum' \
  'racecheck 80x255 multinomial: passed'; do expect "$line"; done
grep -q '^rate' "$work/out/summary.txt" && fail 'a rate of wrong results'

find_step() {  # knobs, expected regex
  local said
  "$imitated/balassa" synth --locations 20 --products 40 --years 2017 -o "$work/p.h5" --quiet --force
  said=$(BALASSA_IMITATED_GPU=$1 "$root/scripts/gpu_find_step.py" "$imitated/balassa" "$work/p.h5") && fail "$1: found nothing"
  grep -qE -e "$2" <<<"$said" || fail "$1: found '$said', expected '$2'"
}
find_step wrong=draw 'points to the draw of the weights'
find_step wrong=rank 'points to the sort'
find_step wrong=counters 'points to what only batches do'
