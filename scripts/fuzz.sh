#!/usr/bin/env bash
# Fuzzes the readers of other people's files: CSV, plan, panel, the bytes from the process that reads HDF5.
#   scripts/fuzz.sh [SECONDS] [TARGET...]   each target so long (60), as many at a time as there are cores; default: all
# What was learned stays in build/fuzz/corpus; an input that breaks a promise is put into build/fuzz/found, and the exit
# code is 1. To see it again: build/fuzz/bin/fuzz_TARGET FILE. It becomes a test in tests/faults before it is mended.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift || true
case "$seconds" in *[!0-9]* | "") sed -n '2,5p' "$0" >&2; exit 64 ;; esac

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)"
targets=("$@")
if ((${#targets[@]} == 0)); then
  for program in build/fuzz/bin/fuzz_*; do targets+=("${program##*/fuzz_}"); done
fi

fuzz() {  # target; prints one line
  local name=$1 corpus=build/fuzz/corpus/$1 found=build/fuzz/found/$1- log=build/fuzz/$1.log temporary
  mkdir -p "$corpus" build/fuzz/found
  # Compressed text, too, which is no text to commit; the first byte is of options.
  for seed in tests/fuzz/seeds/"$name"/*.csv; do
    [[ -e $seed ]] && { head -c 1 "$seed"; tail -c +2 "$seed" | gzip -n; } > "$corpus/${seed##*/}.gz"
  done
  temporary=$(mktemp -d "$3/balassa-fuzz-XXXXXX")
  local seeds=()
  [[ -d tests/fuzz/seeds/$name ]] && seeds=("tests/fuzz/seeds/$name")
  local result=0
  # HDF5 gives back its large zeroed blocks at once only if address sanitizer does not keep them.
  TMPDIR=$temporary ASAN_OPTIONS=quarantine_size_mb=16 UBSAN_OPTIONS=print_stacktrace=1 build/fuzz/bin/"fuzz_$name" \
    -max_total_time="$2" -timeout=60 -rss_limit_mb=2048 -max_len=8192 -artifact_prefix="$found" -print_final_stats=1 \
    "$corpus" "${seeds[@]}" > "$log" 2>&1 || result=$?
  rm -rf "$temporary"
  local runs
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  if ((result == 0)); then
    echo "fuzz $name: passed, ${runs:-?} inputs in $2 s"
  else
    grep -aE 'broken promise|ERROR|runtime error|Test unit written' "$log" | head -n 5 || tail -n 5 "$log"
    echo "fuzz $name: FAILED after ${runs:-?} inputs; see $log"
    return 1
  fi
}
export -f fuzz
memory=${TMPDIR:-/tmp}
[[ -w /dev/shm ]] && memory=/dev/shm
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'set -eo pipefail; fuzz "$@"' fuzz {} "$seconds" "$memory" || exit 1
