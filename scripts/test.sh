#!/usr/bin/env bash
# Sets up, builds and runs every test; the last line is "N passed, N failed, N skipped".
#   scripts/test.sh              the optimised build, with CUDA where nvcc is found
#   scripts/test.sh --sanitize   also the tests of files, host and kernels under ASan and UBSan, those of teams under TSan,
#                                and a minute of fuzzing for each reader of files
set -euo pipefail
cd "$(dirname "$0")/.."

sanitize=false
case "${1:-}" in
  "") ;;
  --sanitize) sanitize=true ;;
  *) sed -n '2,5p' "$0" >&2; exit 64 ;;
esac

jobs=$(nproc)
scripts/setup.sh --dev --check >/dev/null || scripts/setup.sh --dev
export OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1}
failed=0
reports=()

run_tests() {  # preset
  local report="$PWD/build/$1/tests.xml"
  rm -f "$report"
  ctest --preset "$1" -j "$jobs" --output-junit "$report" || failed=1
  reports+=("$report")
}

# With the CUDA device where nvcc is, so that every kernel compiles; what needs a GPU skips where there is none.
optimised=cpu
if command -v nvcc >/dev/null; then optimised=cuda; fi
cmake --preset $optimised
cmake --build --preset $optimised -j "$jobs"
run_tests $optimised

if $sanitize; then
  cmake --preset asan
  cmake --build --preset asan -j "$jobs" --target test_{io,host,oracle,faults,parity,emulated_block,emulated_simd}
  run_tests asan
  cmake --preset tsan
  cmake --build --preset tsan -j "$jobs" --target test_threads
  run_tests tsan
  scripts/fuzz.sh 60 || failed=1
fi

python3 scripts/count_tests.py "$failed" "${reports[@]}"
