#!/usr/bin/env bash
# Every mode of scripts/gpu_check.sh on the imitated GPU, with every step's real command; and the sums of its limits.
#   dry_run.sh FOLDER    of the imitated programs
source "$(dirname "$0")/common.sh"

sum() {  # branches as a regex: the sum of their limits
  "$root/scripts/gpu_check.sh" --steps | awk -v branches="^($1)$" '$1 ~ branches { sum += $2 } END { print sum + 0 }'
}
for limit in 'first|first-passed 230' 'first|first-failed 230' 'fast 200' 'fail 200' 'record 170'; do
  seconds=$(sum "${limit% *}")
  ((seconds > 0 && seconds <= ${limit#* })) || fail "limits of ${limit% *}: $seconds s, expected at most ${limit#* }"
done

# As on the machine with the GPU: one archive, with variants of the benchmark beside it.
mkdir "$work/programs" "$work/archive"
cp "$imitated"/{balassa,bench_gpu,bench_gpu_steps,test_gpu} "$work/programs"
ln "$work/programs/bench_gpu" "$work/programs/bench_gpu_undo_nothing"
XZ_OPT=-0 tar -C "$work/programs" -cJf "$work/archive/gpu.tar.xz" .

check 0 first --prebuilt "$work/archive"
for line in 'unpack: passed' 'doctor: passed' 'parity 4x4: passed' 'parity 240x1240: passed' 'rate: passed' \
  '^\| 240x1240 certified multinomial' 'counters: passed' 'smsp__inst_executed.sum \[inst\] 42'; do expect "$line"; done
grep -q 'imitated GPU' "$work/out/rate.md" || fail 'the table does not say that the GPU is imitated'

check 0 fast --prebuilt "$work/programs"
for line in 'bench_gpu_undo_nothing: passed' 'bench_gpu_steps: passed' '^\| lanczos' 'counters-draw: passed' 'batches of 256: passed'; do expect "$line"; done

check 0 fail --prebuilt "$work/programs"
for line in 'find the step, 80x255: passed' '  multinomial counters of 8 replicates: the same' 'all parity tests: passed' \
  'memcheck 240x1240 bayesian: passed' 'racecheck 240x1240 multinomial: passed'; do expect "$line"; done

check 0 record --prebuilt "$work/programs"
for line in 'dense measures: passed' 'record: passed' '^\| 2169x650 certified multinomial'; do expect "$line"; done
if grep -v passed "$work/out/summary.txt" | grep -E '^[a-z].*: (FAILED|NOT RUN)'; then fail 'a step of record'; fi
