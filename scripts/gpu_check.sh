#!/usr/bin/env bash
# The one command for a machine with a GPU: every test with the devices required, compute-sanitizer on small cases, the
# benchmarks, a table at the end.
#   scripts/gpu_check.sh                  builds with the preset `cuda` first
#   scripts/gpu_check.sh --prebuilt DIR   DIR: a build folder made elsewhere, where nothing can be built
set -uo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  "")
    cmake --preset cuda && cmake --build --preset cuda -j "$(nproc)" || exit 1
    build=build/cuda
    ;;
  --prebuilt)
    build=${2:?gpu_check: --prebuilt needs the build folder}
    [[ -x $build/bin/balassa ]] || { echo "gpu_check: $build/bin/balassa: not there" >&2; exit 66; }
    ;;
  *) sed -n '2,5p' "$0" >&2; exit 64 ;;
esac

table=()
failed=0
step() {  # name, command...
  local name=$1 result=passed
  shift
  echo "== $name"
  "$@" || { result=FAILED; failed=1; }
  table+=("$name: $result")
}

# A build with a CUDA device says so when it is asked for one on any machine; one without says "not built".
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/bin/balassa" synth --locations 12 --products 40 --years 2017 -o "$work/panel.h5" --quiet || exit 1
message=$("$build/bin/balassa" --device cuda sweep --panel "$work/panel.h5" --replicates 8 -o "$work/out.h5" --quiet 2>&1)
code=$?
if ((code != 0)); then
  echo "gpu_check: no CUDA device can be used with this build (exit $code): $message"
  echo "gpu_check: nothing about a GPU was checked"
  exit 69
fi

export BALASSA_REQUIRE_DEVICES=cpu,cuda
if [[ -f $build/CTestTestfile.cmake ]] && command -v ctest >/dev/null; then
  step tests ctest --test-dir "$build" --output-on-failure --no-tests=error
else
  for program in "$build"/bin/test_*; do step "$(basename "$program")" "$program" --gtest_brief=1; done
fi
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck; do
    step "compute-sanitizer $tool" compute-sanitizer --tool "$tool" --error-exitcode 1 \
      "$build/bin/balassa" --device cuda sweep --panel "$work/panel.h5" --replicates 64 -o "$work/$tool.h5" --quiet
  done
else
  table+=("compute-sanitizer: NOT RUN, not installed")
  failed=1
fi
for program in "$build"/bin/bench_*; do
  [[ -x $program ]] && step "$(basename "$program")" "$program"
done
printf '%s\n' "${table[@]}"
exit $failed
