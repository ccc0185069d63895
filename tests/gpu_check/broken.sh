#!/usr/bin/env bash
# What scripts/gpu_check.sh makes of a command of its own that is wrong, of a tool that is missing, of a GPU that hangs,
# faults or is not there, and of a benchmark that could not be measured. Nothing of that may look like success.
#   broken.sh FOLDER    of the imitated programs
source "$(dirname "$0")/common.sh"

broken() {  # sed command: a copy of the script with one thing broken
  mkdir -p "$work/broken"
  cp "$root"/scripts/gpu_*.* "$work/broken"
  sed -i "$1" "$work/broken/gpu_check.sh"
  cmp -s "$root/scripts/gpu_check.sh" "$work/broken/gpu_check.sh" && fail "nothing was broken by $1"
  script=$work/broken/gpu_check.sh
}

# Filters that choose nothing, and flags that are not there.
broken 's|^shapes=.*|shapes=Shapes/Cuda.NoSuchTest|; s|/(certified.fast)/multinomial|/certified/no_such_law|
  s|--print-limit|--print-limits|; s|--clock-control none|--clock-control maybe|; s|--replicates|--replicate|'
check 1 first --prebuilt "$imitated"
for line in "parity 4x4: FAILED, found no '  PASSED" 'memcheck 80x255 multinomial: FAILED'; do expect "$line"; done
check 1 fast --prebuilt "$imitated"
for line in 'counters-draw: FAILED' 'batches of 16: FAILED, exit 64'; do expect "$line"; done
broken 's|/(certified.fast)/multinomial|/certified/no_such_law|'
check 1 first --prebuilt "$imitated"
expect '^rate: FAILED'
expect '^parity 240x1240: passed'
unset script

# A kernel that never ends is ended by the limit of each step, and the next steps run.
cp -r "$imitated" "$work/hanging"  # of its own, so that what still runs there is known from what other tests run
BALASSA_IMITATED_GPU='hang rows=65' GPU_CHECK_LIMITS=25 check 1 first --prebuilt "$work/hanging"
expect 'parity 65x257: FAILED, ended by its limit of 5 s'
expect 'find the step, 80x255: FAILED, ended by its limit of 3 s'
expect 'racecheck 80x255 multinomial: FAILED, ended by its limit of 6 s'
if pgrep -f "^$work/hanging/"; then fail 'programs still hang'; fi

# A benchmark that could not be measured fails the step, and the steps after it run.
BALASSA_IMITATED_GPU='fault rows=240' check 1 fast --prebuilt "$imitated"
expect '^bench_gpu: FAILED, exit 1'
expect '^counters-draw: FAILED'

# Nor is a rate without its yardstick all that was asked for; it is kept.
code=0
BALASSA_IMITATED_GPU=libraries=missing "$imitated/bench_gpu" --table "$work/rates.md" \
  --benchmark_filter=60x300/certified/multinomial || code=$?
((code == 1)) || fail "bench_gpu without cuSOLVER: exit $code, expected 1"
grep -q '^| 60x300 certified multinomial | [0-9]* | [0-9]* | [0-9.]* | not measured' "$work/rates.md" ||
  fail "bench_gpu without cuSOLVER: its table is $(cat "$work/rates.md")"

# No GPU; no sanitizer.
BALASSA_IMITATED_GPU=gpus=0 check 69 first --prebuilt "$imitated"
BALASSA_IMITATED_GPU=gpus=0 check 69 record --prebuilt "$imitated"
mkdir "$work/tools"
cp -P "$root"/tests/gpu_check/tools/{imitated_tool.py,nvidia-smi} "$work/tools"
PATH=$work/tools:${PATH#*:} check 77 first --prebuilt "$imitated"
expect 'counters: NOT RUN, ncu is not installed'
